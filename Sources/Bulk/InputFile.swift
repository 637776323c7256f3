internal import APIKeys
internal import Glibc

/// A file, or standard input, that is read from front to back. Closed when let go of.
final class InputFile {
    private static let pieceSize = 256 * 1024

    /// In bytes; `nil` for what is no regular file, such as a pipe.
    let size: Int?
    private(set) var bytesRead = 0

    private let descriptor: Int32
    private let path: String
    private let status: stat

    /// - Parameter path: "-" for standard input.
    /// - Throws: `FileError`.
    init(path: String) throws(FileError) {
        self.path = path == "-" ? "standard input" : path
        descriptor = path == "-" ? dup(STDIN_FILENO) : open(path, O_RDONLY | O_CLOEXEC)
        var status = Glibc.stat()
        guard descriptor >= 0, fstat(descriptor, &status) == 0 else { throw FileError(self.path, "can't be read") }
        self.status = status
        size = status.st_mode & S_IFMT == S_IFREG ? Int(status.st_size) : nil
    }

    deinit {
        close(descriptor)
    }

    /// Whether `path` leads to this file.
    func isFile(at path: String) -> Bool {
        var other = Glibc.stat()
        return stat(path, &other) == 0 && other.st_dev == status.st_dev && other.st_ino == status.st_ino
    }

    /// The next piece; empty at the end.
    /// - Throws: `FileError`.
    func read() throws(FileError) -> [UInt8] {
        var piece = [UInt8](repeating: 0, count: InputFile.pieceSize)
        var count = 0
        repeat { count = Glibc.read(descriptor, &piece, piece.count) } while count < 0 && errno == EINTR
        guard count >= 0 else { throw FileError(path, "can't be read") }
        bytesRead += count
        piece.removeLast(piece.count - count)
        return piece
    }

    /// What tells the file from any other, wherever it lies: a digest that each of its pieces is drawn into, one
    /// after the other.
    /// - Throws: `FileError`.
    static func digest(ofFileAt path: String) throws(FileError) -> String {
        let file = try InputFile(path: path)
        var digest = Digest(of: [])
        while case let piece = try file.read(), !piece.isEmpty {
            digest = Digest(of: Array(digest.hexadecimal.utf8) + piece)
        }
        return digest.hexadecimal
    }
}

/// A file that can't be read or written. Says which, and why.
public struct FileError: Error, CustomStringConvertible, Sendable {
    public let description: String

    /// To be made right after the call that failed.
    /// - Parameter problem: Such as "can't be read"; what errno says goes on behind it.
    init(_ path: String, _ problem: String) {
        let reason = String(cString: strerror(errno))
        description = "\(path) \(problem): \(reason)"
    }
}
