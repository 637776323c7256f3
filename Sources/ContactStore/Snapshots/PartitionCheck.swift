internal import Identity
internal import PostgreSQL

/// Recomputes from the evidence which contacts are one customer, and compares it with the clusters.
///
/// The evidence is what requests and imports said, but for what corrections have withdrawn: each contact row ties the e-mail
/// and the phone that it holds, and each row of `evidence` its two ends.
///
/// Two contacts are one customer when a chain of ties leads from one to the other. That no
/// chain leads out of a cluster is what `Invariant` checks with "an e-mail is in one cluster" and its
/// twin. What remains is that every cluster is one piece, and that can be seen one cluster at a
/// time: so the memory needed is that of the largest cluster, and the time that of two index scans.
struct PartitionCheck {
    struct Result {
        var contacts: Int64 = 0
        var clusters: Int64 = 0
        var evidence: Int64 = 0
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
            if tie.isContact { result.contacts += 1 } else { result.evidence += 1 }
            current?.ties.tie(tie.identifiers)
        }
        close()
        return result
    }

    private static let ties = Query(
        """
        SELECT cluster_id, true, email, phone_key, NULL, NULL FROM contact WHERE deleted_at IS NULL AND cluster_id > 0
         UNION ALL
        SELECT cluster_id, false, evidence.email, evidence.phone_key, other_email, other_phone_key
          FROM evidence JOIN contact ON contact.email = evidence.email AND owns_email AND deleted_at IS NULL
         WHERE NOT is_withdrawn
         UNION ALL
        SELECT cluster_id, false, NULL, evidence.phone_key, NULL, other_phone_key
          FROM evidence JOIN contact ON contact.phone_key = evidence.phone_key AND owns_phone AND deleted_at IS NULL
         WHERE NOT is_withdrawn AND evidence.email IS NULL
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
