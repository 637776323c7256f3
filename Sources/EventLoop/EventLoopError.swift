internal import Glibc

/// The system refused what an event loop needs.
public struct EventLoopError: Error, CustomStringConvertible, Sendable {
    public let description: String

    init(_ problem: String, _ code: Int32) {
        description = "\(problem): \(String(cString: strerror(code)))"
    }
}
