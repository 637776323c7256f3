internal import Identity

/// Under which names an answer holds the primary's id. Both are published contracts: the second is the
/// original task's own slip of the pen, and clients parse it.
public enum PrimaryIDKeys: String, CaseIterable, Sendable {
    case both
    case primaryContactId
    case primaryContatctId
}

extension JSONWriter {
    /// The members of a consolidated contact.
    mutating func cluster(_ cluster: Cluster, idKeys: PrimaryIDKeys) {
        if idKeys != .primaryContatctId { member("primaryContactId", cluster.primaryID) }
        if idKeys != .primaryContactId { member("primaryContatctId", cluster.primaryID) }
        member("emails", cluster.emails.lazy.map(\.text))
        member("phoneNumbers", cluster.phones.lazy.map(\.text))
        member("secondaryContactIds", cluster.secondaryIDs)
    }
}
