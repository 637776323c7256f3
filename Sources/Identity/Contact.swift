/// The id of a contact. The order of ids is the order of age.
public typealias ContactID = Int64

/// One row of a cluster, with the identifiers that it introduced. An identifier that an older
/// contact brought first is left out here, though the row holds it.
public struct Contact: Sendable {
    public let id: ContactID
    /// The primary of its cluster: its own id, if it is the primary.
    public let primaryID: ContactID
    public let email: Email?
    public let phone: Phone?

    public init(id: ContactID, primaryID: ContactID, email: Email?, phone: Phone?) {
        self.id = id
        self.primaryID = primaryID
        self.email = email
        self.phone = phone
    }
}
