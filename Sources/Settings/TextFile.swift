internal import Glibc

/// A small file of settings or keys.
public enum TextFile {
    /// - Parameter isTrusted: Refuses one that others than root and this process's user can write.
    /// - Throws: `SettingError`, naming the path.
    public static func read(_ path: String, isTrusted: Bool = false) throws(SettingError) -> String {
        guard let file = fopen(path, "r") else { throw unreadable(path) }
        defer { fclose(file) }
        if isTrusted { try checkTrust(in: file, at: path) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4096)
        while case let count = fread(&buffer, 1, buffer.count, file), count > 0 { bytes += buffer[..<count] }
        // A directory can be opened, and not be read.
        guard ferror(file) == 0 else { throw unreadable(path) }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func checkTrust(in file: UnsafeMutablePointer<FILE>, at path: String) throws(SettingError) {
        var status = stat()
        guard fstat(fileno(file), &status) == 0 else { throw unreadable(path) }
        guard status.st_uid == 0 || status.st_uid == geteuid() else {
            throw SettingError(
                variable: path, problem: "belongs to neither root nor the user that identityd runs as: chown root it")
        }
        guard status.st_mode & (S_IWGRP | S_IWOTH) == 0 else {
            throw SettingError(variable: path, problem: "can be written by other users: chmod go-w it")
        }
    }

    private static func unreadable(_ path: String) -> SettingError {
        let reason = String(cString: strerror(errno))
        return SettingError(variable: path, problem: "can't be read: \(reason)")
    }
}
