public import FastCGI
import Glibc
import Synchronization

/// A listening socket at a path of its own, for one test.
public struct TestSocket: Sendable {
    public let path: String
    public let listening: ListeningSocket

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
    }
}

/// Lends the exchange of one request that came over a socket; it ends unanswered.
public func withExchange<R>(
    _ parameters: [(String, String)], body: [UInt8] = [], _ use: @escaping (borrowing Exchange) throws -> R
) throws -> R {
    let socket = try TestSocket()
    let client = try FastCGIClient(path: socket.path)
    client.send(FastCGIRecord.request(parameters, body: body))
    // This thread waits for the loop's, so they never use them at once.
    nonisolated(unsafe) let use = use
    nonisolated(unsafe) var result: R?
    try LoopActor().wait { worker in
        let listener = try Listener(socket.listening, on: worker.loop)
        guard let exchange = await listener.next()?.next() else {
            throw FastCGIClient.ConnectError(code: ETIMEDOUT)
        }
        result = try use(exchange)
    }
    return result!
}
