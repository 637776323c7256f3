internal import API
internal import ContactStore
internal import Identity

/// What came of a worker's requests, counted. Each stored property belongs to one of `families`, which adds it up and
/// exposes it (a test compares).
struct Counters {
    struct RequestLabels: Hashable {
        let route: String
        let status: Int
        let outcome: Outcome?
    }

    struct IgnoredLabels: Hashable {
        let field: IdentifierField
        let reason: Ignored.Reason
    }

    /// How long they took. One table, because each request looks into it.
    private(set) var requests: [RequestLabels: Histogram] = [:]
    private(set) var retries: Retries = [:]
    private(set) var clusterSizes = Histogram(Counters.contacts)
    private(set) var ignored: [IgnoredLabels: Int] = [:]
    private(set) var corrections: [Correction.Kind: Int] = [:]
    private(set) var evidenceLeftOut = 0
    var standbyReads: [StandbyRead: Int] = [:]

    private static let seconds = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5]
    private static let contacts: [Double] = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000]

    mutating func add(_ context: RequestContext, status: Int) {
        let labels = RequestLabels(route: context.route ?? "other", status: status, outcome: context.outcome)
        requests[labels, default: Histogram(Counters.seconds)].observe(context.elapsed / .seconds(1))
        for (cause, count) in context.retries { retries[cause, default: 0] += count }
        for one in context.ignored { ignored[IgnoredLabels(field: one.field, reason: one.reason), default: 0] += 1 }
        if let correction = context.correction { corrections[correction, default: 0] += 1 }
        if context.lacksEvidence { evidenceLeftOut += 1 }
        if let size = context.clusterSize { clusterSizes.observe(Double(size)) }
    }

    /// Every metric that is counted for a request: how it is added up over workers, and how it is exposed.
    static let families = [
        CounterFamily(\.requests) { requests, exposition in
            exposition.family("identityd_requests_total", .counter, "Requests answered.")
            for (labels, durations) in requests {
                let outcome = labels.outcome?.rawValue ?? "none"
                exposition.sample(
                    durations.count, [("route", labels.route), ("status", "\(labels.status)"), ("outcome", outcome)])
            }
            exposition.family(
                "identityd_request_duration_seconds", .histogram,
                "From a whole request to its answer, without waits for changes.")
            for (route, requests) in Dictionary(grouping: requests, by: \.key.route) {
                let durations = requests.dropFirst().reduce(into: requests[0].value) { $0.add($1.value) }
                exposition.histogram(durations, [("route", route)])
            }
        },
        CounterFamily(
            \.retries, "identityd_retries_total", "Transactions tried again.", label: "cause", of: RetryCause.allCases),
        CounterFamily(\.clusterSizes) { sizes, exposition in
            exposition.family("identityd_cluster_contacts", .histogram, "Contacts of the clusters answered.")
            exposition.histogram(sizes)
        },
        CounterFamily(\.ignored) { ignored, exposition in
            exposition.family("identityd_identifiers_ignored_total", .counter, "Identifiers that counted as absent.")
            for field in IdentifierField.allCases {
                for reason in Ignored.Reason.allCases {
                    let count = ignored[IgnoredLabels(field: field, reason: reason), default: 0]
                    exposition.sample(count, [("field", field.rawValue), ("reason", reason.rawValue)])
                }
            }
        },
        CounterFamily(
            \.corrections, "identityd_corrections_total", "Corrections made.", label: "kind",
            of: Correction.Kind.allCases),
        CounterFamily(\.evidenceLeftOut) { count, exposition in
            exposition.family(
                "identityd_evidence_left_out_total", .counter,
                "Pairs that came together for the first time, which could not be written down in time.")
            exposition.sample(count)
        },
        CounterFamily(
            \.standbyReads, "identityd_standby_reads_total", "Reads that the standby might answer.", label: "result",
            of: StandbyRead.allCases),
    ]
}

/// A metric that workers count, or several that are told of one table.
struct CounterFamily: Sendable {
    /// Adds what another worker counted.
    let add: @Sendable (_ other: Counters, _ sum: inout Counters) -> Void
    let expose: @Sendable (Counters, inout Exposition) -> Void

    init<Count: Summable & SendableMetatype>(
        _ count: any WritableKeyPath<Counters, Count> & Sendable,
        expose: @escaping @Sendable (Count, inout Exposition) -> Void
    ) {
        add = { other, sum in sum[keyPath: count].add(other[keyPath: count]) }
        self.expose = { counters, exposition in expose(counters[keyPath: count], &exposition) }
    }

    /// A counter with one label, which shows each of its values from the start.
    init<Label: RawRepresentable<String> & Sendable>(
        _ counts: any WritableKeyPath<Counters, [Label: Int]> & Sendable, _ name: String, _ help: String, label: String,
        of values: [Label]
    ) {
        self.init(counts) { counts, exposition in
            exposition.family(name, .counter, help)
            for value in values { exposition.sample(counts[value, default: 0], [(label, value.rawValue)]) }
        }
    }
}

protocol Summable {
    mutating func add(_ other: Self)
}

extension Int: Summable {
    mutating func add(_ other: Int) { self += other }
}

extension Histogram: Summable {}

extension Dictionary: Summable where Value: Summable {
    mutating func add(_ other: Self) {
        merge(other) { one, other in
            var sum = one
            sum.add(other)
            return sum
        }
    }
}
