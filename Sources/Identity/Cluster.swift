/// One customer: a primary and its secondaries, as they are answered.
public struct Cluster: Sendable {
    public let primaryID: ContactID
    /// Ascending. A contact that owns nothing, which only corrections leave behind, is not among them.
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
        secondaryIDs = byAge.dropFirst().filter { !$0.ownsNothing }.map(\.id)
        emails = byAge.compactMap(\.email)
        phones = byAge.compactMap(\.phone)
    }

    /// - Parameter contacts: Every contact of each cluster, in any order. Nobody's are left out.
    /// - Returns: The oldest first.
    public static func all(of contacts: [Contact]) -> [Cluster] {
        Dictionary(grouping: contacts.filter { !$0.isNobodys }, by: \.primaryID).values.map(Cluster.init)
            .sorted { $0.primaryID < $1.primaryID }
    }

    /// Whether all that was observed is known of this customer.
    public func knows(_ observation: Observation) -> Bool {
        observation.email.map(emails.contains) != false
            && observation.phone.map { phone in phones.contains { $0.key == phone.key } } != false
    }
}
