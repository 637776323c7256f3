internal import Glibc
internal import Identity
internal import PostgreSQL
internal import Synchronization

/// What an instance counts. Shared by its workers.
final class Metrics: Sendable {
    private struct RequestLabels: Hashable {
        let route: String
        let status: Int
        let outcome: Outcome?
    }

    private struct Tally {
        var connections = 0
        var requests: [RequestLabels: Int] = [:]
        var durations: [String: Histogram] = [:]
        var retries: [RetryBudget.Cause: Int] = [:]
        var clusterSizes = Histogram([1, 2, 5, 10, 20, 50, 100, 200, 500, 1000])
        var ignored: [IdentifierField: Int] = [:]
        var refusals: [Guard: Int] = [:]
    }

    private static let seconds = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5]

    private let workers: Int
    private let directory: MetricsDirectory?
    private let start = time(nil)
    /// Held for less than a microsecond a request.
    private let tally = Mutex(Tally())

    /// - Throws: `SettingError`, where the runtime directory can't be used.
    init(_ settings: Settings) throws(SettingError) {
        workers = settings.workers
        directory = settings.runtimeDirectory.isEmpty ? nil : try MetricsDirectory(settings.runtimeDirectory)
    }

    /// Counts a request that was answered.
    func count(_ visit: Visit, status: Int) {
        let route = visit.route ?? "other"
        let seconds = visit.elapsed / .seconds(1)
        tally.withLock { tally in
            tally.requests[RequestLabels(route: route, status: status, outcome: visit.outcome), default: 0] += 1
            tally.durations[route, default: Histogram(Metrics.seconds)].observe(seconds)
            for (cause, count) in visit.retries { tally.retries[cause, default: 0] += count }
            for field in visit.ignored { tally.ignored[field, default: 0] += 1 }
            if let size = visit.clusterSize { tally.clusterSizes.observe(Double(size)) }
            if let refused = visit.refusedBy { tally.refusals[refused, default: 0] += 1 }
        }
    }

    /// - Parameter change: 1 where a worker got its connection to the database, -1 where it lost it.
    func countConnections(_ change: Int) {
        tally.withLock { $0.connections += change }
    }

    /// Of all instances that share the runtime directory.
    func page() -> String {
        Exposition.merged([exposition().text] + (directory?.others() ?? []))
    }

    /// Lets the other instances see what is counted so far.
    func publish() {
        directory?.publish(exposition().text)
    }

    func withdraw() {
        directory?.withdraw()
    }

    private func exposition() -> Exposition {
        let tally = tally.withLock { $0 }
        var exposition = Exposition(process: directory?.slot ?? 1)

        exposition.family("identityd_build_info", .gauge, "1, with the version that runs.")
        exposition.sample(1, [("version", version)])
        exposition.family("identityd_start_time_seconds", .gauge, "When the instance started, in Unix time.")
        exposition.sample(start)
        exposition.family("identityd_workers", .gauge, "Workers of the instance.")
        exposition.sample(workers)
        exposition.family("identityd_database_connections", .gauge, "Connections to PostgreSQL that are up.")
        exposition.sample(tally.connections)

        exposition.family("identityd_requests_total", .counter, "Requests answered.")
        for (labels, count) in tally.requests {
            let outcome = labels.outcome?.rawValue ?? "none"
            exposition.sample(count, [("route", labels.route), ("status", "\(labels.status)"), ("outcome", outcome)])
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
        return exposition
    }
}
