internal import Identity
internal import PostgreSQL

/// Recomputes from the evidence which contacts are one customer, and compares it with the clusters.
///
/// The evidence is what requests said: each contact row, and each row of `contact_merge`, ties its
/// e-mail to its phone. A merge that holds neither is an imported link: it ties the first identifiers of
/// its two contacts (docs/decisions/0025).
///
/// Two contacts are one customer when a chain of ties leads from one to the other. That no
/// chain leads out of a cluster is what `Invariant` checks with "an e-mail is in one cluster" and its
/// twin. What remains is that every cluster is one piece, and that can be seen one cluster at a
/// time: so the memory needed is that of the largest cluster, and the time that of two index scans.
struct PartitionCheck {
    struct Result {
        var contacts: Int64 = 0
        var clusters: Int64 = 0
        var merges: Int64 = 0
        /// At most one more than a finding lists.
        var disconnectedClusters: [Int64] = []
    }

    private let snapshot: Snapshot
    private let halfErased: Set<Int64>

    /// - Parameter halfErased: Clusters of which some contacts are erased, and with them what tied the others.
    init(_ snapshot: Snapshot, halfErased: Set<Int64>) {
        self.snapshot = snapshot
        self.halfErased = halfErased
    }

    func run() throws -> Result {
        var result = Result()
        var current: (id: Int64, ties: IdentifierTies)?
        func close() {
            guard let current else { return }
            result.clusters += 1
            let isBroken = !current.ties.isOnePiece && !halfErased.contains(current.id)
            if isBroken && result.disconnectedClusters.count <= Invariant.listed {
                result.disconnectedClusters.append(current.id)
            }
        }

        try snapshot.forEachRow(of: PartitionCheck.ties) { tie in
            if tie.cluster != current?.id {
                close()
                current = (tie.cluster, IdentifierTies())
            }
            if tie.isContact { result.contacts += 1 } else { result.merges += 1 }
            current?.ties.tie(tie.identifiers)
        }
        close()
        return result
    }

    private static let ties = Query(
        """
        SELECT cluster_id, true AS is_contact, email, phone_key, NULL, NULL FROM contact WHERE deleted_at IS NULL
         UNION ALL
        SELECT contact.cluster_id, false,
               coalesce(contact_merge.email, older.email),
               coalesce(contact_merge.phone_key, CASE WHEN older.email IS NULL THEN older.phone_key END),
               CASE WHEN older.id IS NOT NULL THEN contact.email END,
               CASE WHEN older.id IS NOT NULL AND contact.email IS NULL THEN contact.phone_key END
          FROM contact_merge JOIN contact ON contact.id = absorbed_id
          LEFT JOIN contact AS older
            ON older.id = primary_id AND contact_merge.email IS NULL AND contact_merge.phone_key IS NULL
         WHERE contact.deleted_at IS NULL
         ORDER BY cluster_id
        """
    ) { columns in
        (
            cluster: try columns.integer(), isContact: columns.bool(),
            identifiers: [
                columns.textOrNull().map { Identifier.email(Email(stored: $0)) },
                columns.textOrNull().map { Identifier.phone(Phone(stored: $0, key: $0)) },
                columns.textOrNull().map { Identifier.email(Email(stored: $0)) },
                columns.textOrNull().map { Identifier.phone(Phone(stored: $0, key: $0)) },
            ].compactMap(\.self)
        )
    }
}
