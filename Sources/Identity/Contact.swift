/// The id of a contact. The order of ids is the order of age.
public typealias ContactID = Int64

/// One row of a cluster, with the identifiers that it owns. An identifier that an older contact brought first is left out
/// here, though the row holds it.
public struct Contact: Sendable {
    public let id: ContactID
    /// The primary of its cluster: its own id, if it is the primary. Below 0 for the owner of a disowned identifier, which
    /// is nobody's contact.
    public let primaryID: ContactID
    public let email: Email?
    public let phone: Phone?
    /// Whether it holds both identifiers that were asked for: then it is the evidence of that pair.
    public let holdsObserved: Bool

    public init(
        id: ContactID, primaryID: ContactID, email: Email?, phone: Phone?, holdsObserved: Bool = false
    ) {
        self.id = id
        self.primaryID = primaryID
        self.email = email
        self.phone = phone
        self.holdsObserved = holdsObserved
    }

    public var isNobodys: Bool { primaryID < 0 }

    public var ownsNothing: Bool { email == nil && phone == nil }
}
