internal import Glibc

/// A small file of settings or keys.
enum TextFile {
    /// - Throws: `SettingError`, naming the path.
    static func read(_ path: String) throws(SettingError) -> String {
        guard let file = fopen(path, "r") else { throw unreadable(path) }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4096)
        while case let count = fread(&buffer, 1, buffer.count, file), count > 0 { bytes += buffer[..<count] }
        // A directory can be opened, and not be read.
        guard ferror(file) == 0 else { throw unreadable(path) }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func unreadable(_ path: String) -> SettingError {
        let reason = String(cString: strerror(errno))
        return SettingError(variable: path, problem: "can't be read: \(reason)")
    }
}
