internal import Identity
internal import PostgreSQL

/// What came of requests, counted.
struct Tally {
    struct RequestLabels: Hashable {
        let route: String
        let status: Int
        let outcome: Outcome?
    }

    /// How long they took. One table, because each request looks into it.
    private(set) var requests: [RequestLabels: Histogram] = [:]
    private(set) var retries: [RetryBudget.Cause: Int] = [:]
    private(set) var clusterSizes = Histogram(Tally.contacts)
    private(set) var ignored: [IdentifierField: Int] = [:]
    private(set) var refusals: [Guard: Int] = [:]

    private static let seconds = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5]
    private static let contacts: [Double] = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000]

    mutating func add(_ visit: Visit, status: Int) {
        let labels = RequestLabels(route: visit.route ?? "other", status: status, outcome: visit.outcome)
        requests[labels, default: Histogram(Tally.seconds)].observe(visit.elapsed / .seconds(1))
        for (cause, count) in visit.retries { retries[cause, default: 0] += count }
        for field in visit.ignored { ignored[field, default: 0] += 1 }
        if let size = visit.clusterSize { clusterSizes.observe(Double(size)) }
        if let refusing = visit.refusedBy { refusals[refusing, default: 0] += 1 }
    }

    /// By route.
    var durations: [String: Histogram] {
        Dictionary(requests.map { ($0.key.route, $0.value) }, uniquingKeysWith: +)
    }

    static func + (one: Tally, other: Tally) -> Tally {
        var sum = one
        sum.requests.merge(other.requests, uniquingKeysWith: +)
        sum.retries.merge(other.retries, uniquingKeysWith: +)
        sum.clusterSizes = one.clusterSizes + other.clusterSizes
        sum.ignored.merge(other.ignored, uniquingKeysWith: +)
        sum.refusals.merge(other.refusals, uniquingKeysWith: +)
        return sum
    }
}
