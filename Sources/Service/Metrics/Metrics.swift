internal import Glibc
internal import Identity
internal import PostgreSQL
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

    private func exposition() -> Exposition {
        let workers = workers.withLock { $0 }
        let tally = workers.map(\.tally).reduce(Tally(), +)
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

        exposition.family("identityd_requests_total", .counter, "Requests answered.")
        for (labels, durations) in tally.requests {
            let outcome = labels.outcome?.rawValue ?? "none"
            exposition.sample(
                durations.count, [("route", labels.route), ("status", "\(labels.status)"), ("outcome", outcome)])
        }
        exposition.family("identityd_request_duration_seconds", .histogram, "From a whole request to its answer.")
        for (route, histogram) in tally.durations { exposition.histogram(histogram, [("route", route)]) }
        exposition.family("identityd_retries_total", .counter, "Transactions started over.")
        for cause in RetryBudget.Cause.allCases {
            exposition.sample(tally.retries[cause, default: 0], [("cause", cause.rawValue)])
        }
        exposition.family("identityd_cluster_contacts", .histogram, "Contacts of the clusters answered.")
        exposition.histogram(tally.clusterSizes)
        exposition.family("identityd_identifiers_ignored_total", .counter, "Identifiers that were blocked.")
        for field in IdentifierField.allCases {
            exposition.sample(tally.ignored[field, default: 0], [("field", field.rawValue)])
        }
        exposition.family("identityd_requests_refused_total", .counter, "Requests that a guard refused.")
        for refusing in Guard.allCases {
            exposition.sample(tally.refusals[refusing, default: 0], [("guard", refusing.rawValue)])
        }
        exposition.family(
            "identityd_log_lines_dropped_total", .counter, "Log lines dropped: standard error was read too slowly.")
        exposition.sample(log.dropped)
        return exposition
    }
}
