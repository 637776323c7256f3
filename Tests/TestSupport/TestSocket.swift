public import FastCGI
import Glibc
import Synchronization

/// A listening socket at a path of its own, for one test.
public struct TestSocket: Sendable {
    public let path: String
    public let listening: ListeningSocket
    public let stopSignal: StopSignal

    private static let count = Atomic(0)
    private static let library: Void = initializeFastCGI()

    /// A path where nothing is yet.
    public static func newPath() -> String {
        "/tmp/identityd-test-\(getpid())-\(count.add(1, ordering: .relaxed).newValue).sock"
    }

    public init() throws {
        TestSocket.library
        path = TestSocket.newPath()
        listening = try .bound(to: .unix(path: path))
        stopSignal = try StopSignal()
    }

    public func receiver() throws -> Receiver {
        try Receiver(listening, stopSignal: stopSignal)
    }
}

/// Lends the exchange of one request that came over a socket; it ends unanswered.
public func withExchange<R>(
    _ parameters: [(String, String)], body: [UInt8] = [], _ use: (borrowing Exchange) throws -> R
) throws -> R {
    let socket = try TestSocket()
    let client = try FastCGIClient(path: socket.path)
    client.send(FastCGIRecord.request(parameters, body: body))
    guard case .request(let exchange) = try socket.receiver().next(timeout: .seconds(5)) else {
        throw FastCGIClient.ConnectError(code: ETIMEDOUT)
    }
    return try use(exchange)
}
