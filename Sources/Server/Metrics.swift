internal import API
internal import ContactStore
internal import Glibc
internal import Settings
internal import Synchronization

/// What an instance counts, and the others that share its runtime directory.
final class Metrics: Sendable {
    private let directory: MetricsDirectory?
    private let log: LogWriter
    private let start = time(nil)
    private let wantedConnections: Int
    private let workers = Mutex<[WorkerMetrics]>([])
    /// One after the other: they write to one file.
    private let publishing = Mutex<Void>(())

    /// - Throws: `SettingError`, where the runtime directory can't be used.
    init(_ settings: Settings, _ log: LogWriter) throws(SettingError) {
        self.log = log
        wantedConnections = settings.workers * settings.connections
        directory = settings.runtimeDirectory.isEmpty ? nil : try MetricsDirectory(settings.runtimeDirectory)
    }

    /// For one more worker.
    func worker() -> WorkerMetrics {
        let new = WorkerMetrics()
        workers.withLock { $0.append(new) }
        return new
    }

    /// Of all instances that share the runtime directory.
    func page() -> String {
        // Published, too: the next page may be another instance's, and no counter may seem to go back.
        Exposition.merged([publish()] + (directory?.others() ?? []))
    }

    /// Lets the other instances see what is counted so far.
    /// - Returns: What they see.
    @discardableResult
    func publish() -> String {
        publishing.withLock { _ in
            let text = exposition().text
            directory?.publish(text)
            return text
        }
    }

    func withdraw() {
        directory?.withdraw()
    }

    /// How many identifiers the workers ignored.
    var ignored: [Counters.IgnoredLabels: Int] { counters(of: workers.withLock { $0 }).ignored }

    private func counters(of workers: [WorkerMetrics]) -> Counters {
        workers.map(\.counters).reduce(into: Counters()) { sum, counters in
            for family in Counters.families { family.add(counters, &sum) }
        }
    }

    private func exposition() -> Exposition {
        let workers = workers.withLock { $0 }
        let counters = counters(of: workers)
        var exposition = Exposition(process: directory?.slot ?? 1)

        exposition.family("identityd_build_info", .gauge, "1, with the version that runs.")
        exposition.sample(1, [("version", version)])
        exposition.family("identityd_start_time_seconds", .gauge, "When the instance started, in Unix time.")
        exposition.sample(start)
        exposition.family("identityd_workers", .gauge, "Workers of the instance.")
        exposition.sample(workers.count)
        exposition.family("identityd_database_connections", .gauge, "Connections to PostgreSQL that are up.")
        exposition.sample(workers.reduce(0) { $0 + $1.openConnections })
        exposition.family("identityd_database_connections_wanted", .gauge, "Connections to PostgreSQL if all were up.")
        exposition.sample(wantedConnections)
        exposition.family("identityd_followers", .gauge, "Requests that wait for changes.")
        exposition.sample(workers.reduce(0) { $0 + $1.followers })

        if let lag = workers.compactMap(\.standbyLag).max() {
            exposition.family(
                "identityd_standby_lag_seconds", .gauge, "How old may be what the standby shows.")
            exposition.sample(lag / .seconds(1))
        }

        for family in Counters.families { family.expose(counters, &exposition) }
        exposition.family(
            "identityd_log_lines_dropped_total", .counter, "Log lines dropped: standard error was read too slowly.")
        exposition.sample(log.dropped)
        return exposition
    }
}

/// What one worker counts. Its lock is taken by others only as they read, once a second: with one table for all
/// workers, they stood in a queue for it whenever the holder lost its core (docs/decisions/0010).
final class WorkerMetrics: Sendable {
    private let counted = Mutex(Counters())
    private let connections = Atomic(0)
    private let waiting = Atomic(0)
    private let lag = Mutex<Duration?>(nil)

    var counters: Counters { counted.withLock { $0 } }

    /// To PostgreSQL, that are open.
    var openConnections: Int { connections.load(ordering: .relaxed) }

    /// Requests that wait for changes.
    var followers: Int { waiting.load(ordering: .relaxed) }

    /// Counts a request that was answered.
    func count(_ context: RequestContext, status: Int) {
        counted.withLock { $0.add(context, status: status) }
    }

    /// How old may be what the standby shows; `nil` without one.
    var standbyLag: Duration? { lag.withLock { $0 } }

    func note(openConnections: Int, followers: Int, standby: (lag: Duration, reads: [StandbyRead: Int])?) {
        lag.withLock { $0 = standby?.lag }
        if let reads = standby?.reads { counted.withLock { $0.standbyReads = reads } }
        connections.store(openConnections, ordering: .relaxed)
        waiting.store(followers, ordering: .relaxed)
    }
}
