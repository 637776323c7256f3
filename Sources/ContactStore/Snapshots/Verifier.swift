public import Identity
internal import PostgreSQL

/// Checks every invariant over the whole table, and the partition against the evidence.
public struct Verifier {
    public struct Report: Sendable {
        public let contacts: Int64
        public let clusters: Int64
        /// What is no contact's own pair, and stands.
        public let evidence: Int64
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

    /// - Parameter reader: Makes the reader to read every identifier again with, by the rule of the database; `nil` to do
    ///   without.
    /// - Throws: `SchemaError`, `DatabaseError`.
    public func run(readingAgainBy reader: ((IdentifierRule) -> any IdentifierReading)? = nil) throws -> Report {
        try Snapshot.read(database, for: "verify") { snapshot in
            var findings: [String] = []
            for invariant in Invariant.all {
                findings += invariant.finding(ids: try snapshot.ids(invariant.findingIDs))
            }
            if let reader {
                findings += Invariant.readAgain.finding(ids: try snapshot.contactsReadOtherwise(by: reader))
            }
            let halfErased = try snapshot.ids(Invariant.halfErased.query).sorted()
            let partition = try PartitionCheck(snapshot, halfErased: Set(halfErased)).run()
            return Report(
                contacts: partition.contacts, clusters: partition.clusters, evidence: partition.evidence,
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

    /// The ids of contacts whose e-mail or phone is now read as another, or not at all: at most one more than are listed.
    fileprivate func contactsReadOtherwise(by makeReader: (IdentifierRule) -> any IdentifierReading) throws -> [Int64] {
        guard let rule = try rows(of: DatabaseRule.stored).first?.rule else { return [] }
        let reader = makeReader(rule)
        var ids: [Int64] = []
        try forEachRow(of: Snapshot.identifiers) { row in
            let isEmailSame = row.email.map { (try? reader.email($0)) == Email(stored: $0) } ?? true
            let isPhoneSame = row.phone.map { (try? reader.phone($0))?.key == row.key } ?? true
            if !(isEmailSame && isPhoneSame) && ids.count <= Invariant.listed { ids.append(row.id) }
        }
        return ids
    }

    private static let identifiers = Query(
        "SELECT id, email, phone_number, phone_key FROM contact WHERE deleted_at IS NULL ORDER BY id"
    ) { columns in
        (
            id: try columns.integer(), email: columns.textOrNull(), phone: columns.textOrNull(),
            key: columns.textOrNull()
        )
    }
}
