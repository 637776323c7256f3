/// What refuses requests that would tie strangers together.
enum Guard: String, CaseIterable {
    case blockList = "block_list"
    case clusterSize = "cluster_size"
}
