internal import PostgreSQL

/// Recomputes from the evidence which contacts are one customer, and compares it with the clusters.
///
/// The evidence is what requests said: each contact row, and each row of `contact_merge`, ties its
/// e-mail to its phone. Two contacts are one customer when a chain of ties leads from one to the other. That no
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

        try snapshot.forEachRow(
            of: """
                SELECT cluster_id, true AS is_contact, email, phone_key FROM contact WHERE deleted_at IS NULL
                 UNION ALL
                SELECT contact.cluster_id, false, contact_merge.email, contact_merge.phone_key
                  FROM contact_merge JOIN contact ON contact.id = absorbed_id
                 WHERE contact.deleted_at IS NULL
                 ORDER BY cluster_id
                """
        ) { rows, row in
            guard let cluster = rows.integer(row, 0) else { return }
            if cluster != current?.id {
                close()
                current = (cluster, IdentifierTies())
            }
            if rows.bool(row, 1) { result.contacts += 1 } else { result.merges += 1 }
            current?.ties.tie(email: rows.text(row, 2), phone: rows.text(row, 3))
        }
        close()
        return result
    }
}
