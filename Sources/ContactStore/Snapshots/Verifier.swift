internal import PostgreSQL

/// Checks every invariant over the whole table, and the partition against the evidence.
public struct Verifier {
    public struct Report: Sendable {
        public let contacts: Int64
        public let clusters: Int64
        public let merges: Int64
        /// A line each. Ids, never values.
        public let findings: [String]
        /// What is not broken, but to be finished: a line each.
        public let notes: [String]
    }

    private let database: String

    /// - Parameter database: `postgres://…` or `key=value …`; empty for libpq's PG* variables.
    public init(database: String) {
        self.database = database
    }

    /// - Throws: `SchemaError`, `DatabaseError`.
    public func run() throws -> Report {
        try Snapshot.read(database, for: "verify") { snapshot in
            var findings: [String] = []
            for invariant in Invariant.all {
                findings += invariant.finding(ids: try snapshot.ids(invariant.findingIDs))
            }
            let halfErased = try snapshot.ids(Invariant.halfErased.query).sorted()
            let partition = try PartitionCheck(snapshot, halfErased: Set(halfErased)).run()
            return Report(
                contacts: partition.contacts, clusters: partition.clusters, merges: partition.merges,
                findings: findings + Invariant.connected.finding(ids: partition.disconnectedClusters),
                notes: Invariant.halfErased.finding(ids: halfErased))
        }
    }
}

extension Snapshot {
    /// - Parameter sql: Of a query that selects ids.
    fileprivate func ids(_ sql: String) throws -> [Int64] {
        try rows(of: Query(sql) { $0.integerOrNull() }).compactMap(\.self)
    }
}
