/// One customer: a primary and its secondaries, as they are answered.
public struct Cluster: Sendable {
    public let primaryID: ContactID
    /// Ascending.
    public let secondaryIDs: [ContactID]
    /// Each once, the primary's first, then in order of the contacts' ids.
    public let emails: [Email]
    /// Each once, the primary's first, then in order of the contacts' ids; as first written.
    public let phones: [Phone]

    /// - Parameter contacts: All of one cluster, in any order, at least the primary. It is the
    ///   oldest, so the order of ids puts what it introduced first.
    public init(_ contacts: [Contact]) {
        let byAge = contacts.sorted { $0.id < $1.id }
        primaryID = byAge[0].primaryID
        secondaryIDs = byAge.dropFirst().map(\.id)
        emails = byAge.compactMap(\.email)
        phones = byAge.compactMap(\.phone)
    }
}
