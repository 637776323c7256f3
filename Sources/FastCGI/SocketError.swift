internal import Glibc

/// A socket that can't be had, and why.
public struct SocketError: Error, CustomStringConvertible, Sendable {
    public let description: String

    init(_ problem: String, _ code: Int32? = nil) {
        description = code.map { "\(problem): \(String(cString: strerror($0)))" } ?? problem
    }
}
