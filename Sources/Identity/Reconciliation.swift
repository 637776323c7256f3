/// The rules: what a request's identifiers, and the contacts that know them, mean for each other.
public enum Reconciliation {
    public enum Plan: Sendable {
        /// All of it is known, in one cluster. Nothing is written.
        case answer(Cluster)
        /// Something of it is new.
        case change(Change)
        /// Not all of it may meet. What is left without this is planned instead.
        case leaveOut(IdentifierField, because: Exclusion)
    }

    public enum Change: Sendable {
        /// Nothing of it is known: a new customer.
        case create
        /// One identifier is known, the other new: a secondary that introduces the new one.
        case link(primary: ContactID, introducing: IdentifierField)
        /// Two customers turn out to be one. The older primary stays.
        case merge(primary: ContactID, absorbed: ContactID)
    }

    /// The observed identifiers that a correction has disowned.
    public static func disowned(_ observation: Observation, among contacts: [Contact]) -> [IdentifierField] {
        let nobodys = contacts.filter(\.isNobodys)
        return (nobodys.contains { $0.email != nil && $0.email == observation.email } ? [.email] : [])
            + (nobodys.contains { $0.phone != nil && $0.phone?.key == observation.phone?.key } ? [.phoneNumber] : [])
    }

    /// Of two identifiers that may not meet, the phone is left out: a person changes it more often than the e-mail, and
    /// shares it with others. So what is left is never nothing.
    /// - Parameters:
    ///   - contacts: Every contact of each cluster (none, one or two) in which one of the observed
    ///     identifiers was introduced.
    ///   - others: How many contacts the clusters have that are not among `contacts`: a change can be planned without
    ///     them, an answer can't.
    ///   - maximumClusterSize: In contacts. A cluster that is larger already is answered, and grows no more.
    ///   - areKeptApart: Whether a correction keeps the clusters apart, if there are two.
    public static func plan(
        _ observation: Observation, among contacts: [Contact], and others: Int = 0, maximumClusterSize: Int,
        areKeptApart: Bool = false
    ) -> Plan {
        let size = contacts.count + others
        let email = Sighting(of: observation.email) { email in contacts.first { $0.email == email } }
        let phone = Sighting(of: observation.phone) { phone in contacts.first { $0.phone?.key == phone.key } }

        switch (email, phone) {
        case (.nobodys, _):
            return .leaveOut(.email, because: .blocked)
        case (_, .nobodys):
            return .leaveOut(.phoneNumber, because: .blocked)
        case (.known(let one), .known(let other)) where one != other && size > maximumClusterSize:
            return .leaveOut(.phoneNumber, because: .clusterTooLarge)
        case (.known(let one), .known(let other)) where one != other && areKeptApart:
            return .leaveOut(.phoneNumber, because: .keptApart)
        case (.known(let one), .known(let other)) where one != other:
            return .change(.merge(primary: min(one, other), absorbed: max(one, other)))
        case (.known, .new) where size >= maximumClusterSize, (.new, .known) where size >= maximumClusterSize:
            return .leaveOut(.phoneNumber, because: .clusterTooLarge)
        case (.known(let primary), .new):
            return .change(.link(primary: primary, introducing: .phoneNumber))
        case (.new, .known(let primary)):
            return .change(.link(primary: primary, introducing: .email))
        case (.known(let primary), _), (_, .known(let primary)):
            return .answer(Cluster(contacts.filter { $0.primaryID == primary }))
        case (.new, _), (_, .new), (.absent, .absent):
            return .change(.create)
        }
    }

    /// What is known of one identifier of the request.
    private enum Sighting {
        /// Not in the request: it matches nothing.
        case absent
        /// In no cluster yet.
        case new
        /// In the cluster of this primary.
        case known(ContactID)
        /// Disowned.
        case nobodys

        init<Identifier>(of identifier: Identifier?, introducedBy owner: (Identifier) -> Contact?) {
            guard let identifier else {
                self = .absent
                return
            }
            self = owner(identifier).map { $0.isNobodys ? .nobodys : .known($0.primaryID) } ?? .new
        }
    }
}

/// Why a valid identifier does not take part.
public enum Exclusion: String, CaseIterable, Sendable {
    /// It is blocked or disowned.
    case blocked
    /// A correction keeps the two customers apart.
    case keptApart = "kept-apart"
    /// The customer would have more contacts than are allowed.
    case clusterTooLarge = "cluster-too-large"
}
