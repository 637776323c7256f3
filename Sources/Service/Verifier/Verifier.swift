internal import PostgreSQL

/// Checks every invariant over the whole table, and the partition against the evidence.
public struct Verifier {
    public struct Report: Sendable {
        public let contacts: Int64
        public let clusters: Int64
        public let merges: Int64
        /// A line each. Ids, never values.
        public let findings: [String]
    }

    private let connection: Connection
    private let deadline = Deadline.after(.seconds(24 * 3600))

    /// - Parameter database: `postgres://…` or `key=value …`; empty for libpq's PG* variables.
    /// - Throws: `DatabaseError`.
    public init(database: String) throws {
        connection = try Connection(
            ConnectionConfiguration(database: database, applicationName: "identityd verify"),
            before: .after(.seconds(10)))
    }

    /// - Throws: `SchemaError`, `DatabaseError`.
    public func run() throws -> Report {
        try Schema.checkVersion(connection, before: deadline)
        // One snapshot for all. DEFERRABLE waits for one that no running transaction can make untrue, and
        // then neither fails nor makes others fail (PostgreSQL 15, SET TRANSACTION).
        try connection.run(
            script: "BEGIN ISOLATION LEVEL SERIALIZABLE READ ONLY DEFERRABLE", before: deadline)
        defer { _ = try? connection.run(script: "COMMIT", before: deadline) }

        var findings: [String] = []
        for invariant in Invariant.all {
            let rows = try connection.run(script: invariant.findingIDs, before: deadline)
            findings += invariant.finding(ids: (0..<rows.count).compactMap { rows.integer($0, 0) })
        }
        let partition = try PartitionCheck(connection, before: deadline).run()
        return Report(
            contacts: partition.contacts, clusters: partition.clusters, merges: partition.merges,
            findings: findings + Invariant.connected.finding(ids: partition.disconnectedClusters))
    }
}
