internal import Glibc

/// A file that is written from front to back. Closed when let go of.
final class OutputFile {
    private static let pieceSize = 64 * 1024

    private let descriptor: Int32
    private let path: String
    private var piece: [UInt8] = []

    /// Made anew, for its owner alone: it will hold personal data. What this process has open already, as /dev/stderr or
    /// by any other name, is written through that descriptor, behind what stands there: it may be a log in use.
    /// - Throws: `FileError`.
    init(path: String) throws(FileError) {
        self.path = path
        if let inherited = OutputFile.inherited(path) {
            descriptor = fcntl(inherited, F_DUPFD_CLOEXEC, 0)
        } else {
            descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        }
        if descriptor < 0 { throw FileError(path, "can't be written") }
    }

    /// The descriptor, one that shells hand over, that has open for writing what `path` leads to.
    private static func inherited(_ path: String) -> Int32? {
        var target = Glibc.stat()
        guard stat(path, &target) == 0 else { return nil }
        return (0..<256).first { descriptor in
            var status = Glibc.stat()
            return fstat(descriptor, &status) == 0 && fcntl(descriptor, F_GETFL) & O_ACCMODE != O_RDONLY
                && status.st_dev == target.st_dev && status.st_ino == target.st_ino
        }
    }

    init(descriptor: Int32, name: String) {
        self.descriptor = descriptor
        path = name
    }

    deinit {
        close(descriptor)
    }

    /// - Throws: `FileError`.
    func write(_ bytes: some Sequence<UInt8>) throws(FileError) {
        piece.append(contentsOf: bytes)
        if piece.count >= OutputFile.pieceSize { try flush() }
    }

    /// - Throws: `FileError`.
    func flush() throws(FileError) {
        var written = 0
        while written < piece.count {
            let count = piece.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress! + written, $0.count - written) }
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else { throw FileError(path, "can't be written") }
            written += count
        }
        piece.removeAll(keepingCapacity: true)
    }
}
