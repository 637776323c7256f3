internal import Glibc

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
