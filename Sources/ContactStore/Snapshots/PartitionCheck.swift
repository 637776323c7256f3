internal import Identity

/// Recomputes from the evidence which contacts are one customer, and compares it with the clusters.
///
/// The evidence (`CustomerEvidence`) is what requests and imports said, but for what corrections have withdrawn.
/// Two contacts are one customer when a chain of ties leads from one to the other. That no
/// chain leads out of a cluster is what `Invariant` checks with "an e-mail is in one cluster" and its
/// twin. What remains is that every cluster is one piece, and that can be seen one cluster at a
/// time.
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
        try CustomerEvidence.forEachCustomer(in: snapshot) { customer in
            var ties = IdentifierTies()
            for tie in customer.ties {
                if tie.isContact { result.contacts += 1 } else { result.evidence += 1 }
                ties.tie(tie.identifiers)
            }
            result.clusters += 1
            let isBroken = !ties.isOnePiece && !halfErased.contains(customer.primaryID)
            if isBroken && result.disconnectedClusters.count <= Invariant.listed {
                result.disconnectedClusters.append(customer.primaryID)
            }
        }
        return result
    }
}
