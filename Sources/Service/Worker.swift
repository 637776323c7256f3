internal import EventLoop
internal import FastCGI
internal import Logging

/// A thread of the pool, with an event loop and connections to PostgreSQL of its own. For each connection of the web
/// server, a task takes a request, answers it, takes the next.
actor Worker {
    nonisolated let loop: EventLoop
    private let store: ContactStore
    private let router: Router
    private let metrics: WorkerMetrics
    private let logger: Logger
    private var listener: Listener?
    private var isStopped = false

    nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }

    init(
        settings: Settings, access: AccessControl, blocked: BlockedIdentifiers, metrics: Metrics, logger: Logger
    ) throws(EventLoopError) {
        loop = try EventLoop()
        store = ContactStore(
            database: settings.databaseURL, phoneKeyRule: settings.phoneKeyRule, connections: settings.connections,
            requestDeadline: settings.requestDeadline, maximumClusterSize: settings.maximumClusterSize, on: loop)
        router = Router(store: store, settings: settings, access: access, blocked: blocked, metrics: metrics)
        self.metrics = metrics.worker()
        self.logger = logger
    }

    /// Until it is stopped and has answered all requests that it took.
    func run(on socket: ListeningSocket) async throws {
        for reader in 0..<ContactStore.readers {
            Task { await withTaskExecutorPreference(loop) { await store.answerReads(on: reader) } }
        }
        Task { await withTaskExecutorPreference(loop) { await stayConnected() } }

        let listener = try Listener(socket, on: loop)
        self.listener = listener
        if isStopped { listener.stop() }
        while let channel = await listener.next() {
            Task { await withTaskExecutorPreference(loop) { await serve(channel) } }
        }
        await listener.drain()
        store.stop()
    }

    func stop() {
        isStopped = true
        listener?.stop()
    }

    /// Opens anew what was lost while nobody used it, for the next requests to find.
    private func stayConnected() async {
        while !isStopped {
            await store.connect()
            metrics.note(openConnections: store.openConnections)
            await loop.pause(for: .seconds(1))
        }
    }

    private func serve(_ channel: Channel) async {
        while let exchange = await channel.next() {
            var visit = Visit(exchange)
            var response = await router.respond(to: exchange, &visit)
            response.headers.append(("X-Request-Id", visit.requestID.text))
            visit.end()
            await exchange.respond(response)
            visit.log(status: response.status, to: logger)
            metrics.count(visit, status: response.status)
        }
    }
}
