internal import Glibc

/// A file that can't be read or written. Says which, and why.
public struct FileError: Error, CustomStringConvertible, Sendable {
    public let description: String

    /// - Parameter problem: Such as "can't be read"; what errno says goes on behind it.
    init(_ path: String, _ problem: String) {
        description = "\(path) \(problem): \(String(cString: strerror(errno)))"
    }
}
