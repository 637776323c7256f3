internal import Glibc

/// Where to listen: a path, or a host and a port.
public enum SocketAddress: Equatable, Sendable {
    case unix(path: String)
    case tcp(host: String, port: UInt16)

    /// Reads `/run/identityd.sock`, `./identityd.sock`, `127.0.0.1:9000`, `[::1]:9000`.
    /// `nil` where it is neither a path (it holds a slash) nor HOST:PORT.
    public init?(_ text: String) {
        if text.contains("/") {
            self = .unix(path: text)
            return
        }
        guard let colon = text.lastIndex(of: ":"), let port = UInt16(text[text.index(after: colon)...]) else {
            return nil
        }
        var host = text[..<colon]
        if host.hasPrefix("["), host.hasSuffix("]") { host = host.dropFirst().dropLast() }
        guard !host.isEmpty else { return nil }
        self = .tcp(host: String(host), port: port)
    }
}

/// A socket that can't be had, and why.
public struct SocketError: Error, CustomStringConvertible, Sendable {
    public let description: String

    init(_ problem: String, _ code: Int32? = nil) {
        description = code.map { "\(problem): \(String(cString: strerror($0)))" } ?? problem
    }
}
