import EventLoop
import FastCGI
import TestSupport
import Testing

/// Workers that answer what comes to a socket of their own, until they are let go of.
final class Application: Sendable {
    typealias Answer = @Sendable (borrowing Exchange) -> Response

    let socket: TestSocket
    private let workers: [ApplicationWorker]

    var path: String { socket.path }

    init(workers: Int = 1, _ answer: @escaping Answer = Application.echo) throws {
        socket = try TestSocket()
        self.workers = try (0..<workers).map { _ in try ApplicationWorker(answer) }
        for worker in self.workers { try worker.loop.wait { [socket] in try await worker.start(socket.listening) } }
    }

    deinit {
        do { try stop() } catch { Issue.record(error) }
    }

    /// Until all workers have answered what they took.
    func stop() throws {
        for worker in workers { try worker.loop.wait { await worker.stop() } }
    }

    /// Sends a whole request and waits for what comes back.
    func ask(
        _ parameters: [(String, String)] = [], body: [UInt8] = [], within limit: Duration = .seconds(30)
    ) throws -> FastCGIClient.Reply {
        let client = try FastCGIClient(path: path)
        client.send(FastCGIRecord.request(parameters, body: body))
        return client.reply(within: limit)
    }

    static let bodyLimit = 1000

    /// 200 with the body and the parameter ECHO, 413, or 400.
    static func echo(_ exchange: borrowing Exchange) -> Response {
        switch exchange.body(limit: bodyLimit) {
        case .whole(let bytes):
            Response(
                status: 200, reason: "OK", headers: [("X-Echo", exchange.parameter("ECHO") ?? "none")], body: bytes)
        case .tooLarge: Response(status: 413, reason: "Content Too Large")
        case .truncated: Response(status: 400, reason: "Bad Request")
        }
    }
}

/// As the server's `Worker`, with answers of the test's.
private actor ApplicationWorker {
    nonisolated let loop: EventLoop
    private let answer: Application.Answer
    private var listener: Listener?
    private var serving: Task<Void, Never>?

    nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }

    init(_ answer: @escaping Application.Answer) throws {
        loop = try EventLoop()
        self.answer = answer
    }

    isolated deinit {
        loop.stop()
    }

    func start(_ socket: ListeningSocket) throws {
        listener = try Listener(socket, on: loop)
        serving = Task { await withTaskExecutorPreference(loop) { await accept() } }
    }

    func stop() async {
        listener?.stop()
        await serving?.value
    }

    private func accept() async {
        await withDiscardingTaskGroup { group in
            while let channel = await listener?.next() {
                // It stays on this actor's thread, as `serve` does.
                nonisolated(unsafe) let channel = channel
                group.addTask { await self.serve(channel) }
            }
        }
    }

    private func serve(_ channel: Channel) async {
        while let exchange = await channel.next() {
            let response = answer(exchange)
            await exchange.respond(response)
        }
    }
}
