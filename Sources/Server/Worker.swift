internal import API
internal import ContactStore
internal import EventLoop
internal import FastCGI
internal import Settings

/// A thread of the pool, with an event loop and connections to PostgreSQL of its own. For each connection of the web
/// server, a task takes a request, answers it, takes the next.
actor Worker {
    nonisolated let loop: EventLoop
    private let store: ContactStore
    private let router: Router
    private let metrics: WorkerMetrics
    private var log: RequestLog
    private var listener: Listener?
    private var isStopped = false
    private let stopping: WaitingLine<Void>

    nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }

    init(
        settings: Settings, rule: DatabaseRule, access: AccessControl, blocked: BlockedIdentifiers,
        report: SharedReport, metrics: Metrics, log: RequestLog
    ) throws(EventLoopError) {
        loop = try EventLoop()
        stopping = WaitingLine(on: loop)
        store = ContactStore(
            database: settings.databaseURL, standby: settings.standby, rule: rule, connections: settings.connections,
            requestDeadline: settings.requestDeadline, maximumClusterSize: settings.maximumClusterSize, on: loop)
        router = Router(
            store: store, settings: settings, access: access, blocked: blocked, report: report,
            metrics: { metrics.page() })
        self.metrics = metrics.worker()
        self.log = log
    }

    /// On the loop, as all that it owns is to be let go of there.
    isolated deinit {
        loop.stop()
    }

    /// Until it is stopped and has answered all requests that it took.
    func run(on socket: ListeningSocket) async throws {
        let listener = try Listener(socket, on: loop)
        self.listener = listener
        if isStopped { listener.stop() }
        await withDiscardingTaskGroup { group in
            for reader in 0..<ContactStore.readers { group.addTask { await self.answerReads(on: reader) } }
            group.addTask { await self.stayConnected() }
            group.addTask { await self.tellFollowers() }
            if let period = store.standbyPeriod { group.addTask { await self.lookAtStandby(every: period) } }
            await withDiscardingTaskGroup { group in
                while let channel = await listener.next() {
                    // It stays on this worker's thread, as `serve` does.
                    nonisolated(unsafe) let channel = channel
                    group.addTask { await self.serve(channel) }
                }
            }
            store.stop()
        }
    }

    func stop() {
        isStopped = true
        listener?.stop()
        store.letFollowersGo()
        while stopping.resumeFirst(with: ()) {}
    }

    private func answerReads(on reader: Int) async {
        await store.answerReads(on: reader)
    }

    /// Opens lost connections again before a request needs them.
    private func stayConnected() async {
        while !isStopped {
            await store.connect()
            metrics.note(
                openConnections: store.openConnections, followers: store.followerCount, standby: store.standbyState)
            await stopping.wait(until: .now + .seconds(1))
        }
    }

    private func lookAtStandby(every period: Duration) async {
        while !isStopped {
            let next = Moment.now + period
            await store.lookAtStandby()
            await stopping.wait(until: next)
        }
    }

    private func tellFollowers() async {
        await store.tellFollowers()
    }

    private func serve(_ channel: Channel) async {
        while let exchange = await channel.next() {
            let (response, context) = await router.respond(to: Request(exchange)) { exchange.hasRoom(for: $0) }
            await exchange.respond(FastCGI.Response(response))
            log.add(context, status: response.status)
            metrics.count(context, status: response.status)
        }
    }
}

/// All workers of an instance: one task, with a task of each worker in it.
final class WorkerPool: Sendable {
    private let workers: [Worker]
    private let end: WakeUp

    init(_ workers: [Worker]) throws(EventLoopError) {
        self.workers = workers
        end = try WakeUp()
    }

    /// - Parameter fail: Called where a worker can't start.
    func start(on socket: ListeningSocket, onFailure fail: @escaping @Sendable (any Error) -> Void) {
        Task {
            await withDiscardingTaskGroup { group in
                for worker in workers {
                    group.addTask(executorPreference: worker.loop) {
                        do { try await worker.run(on: socket) } catch { fail(error) }
                    }
                }
            }
            end.send()
        }
    }

    /// Takes no more requests, and blocks until those that were taken are answered.
    /// - Returns: Whether they were before the deadline.
    func stop(before deadline: Moment) -> Bool {
        for worker in workers { Task(executorPreference: worker.loop) { await worker.stop() } }
        return end.wait(until: deadline)
    }
}
