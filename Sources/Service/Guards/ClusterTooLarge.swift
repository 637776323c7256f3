public import Identity

/// A request would have made a cluster of more contacts than MAX_CLUSTER_SIZE. Nothing was written.
public struct ClusterTooLarge: Error, Sendable {
    /// Of the clusters that it is about, ascending.
    public let primaryIDs: [ContactID]
}
