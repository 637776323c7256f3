internal import Identity

/// What the rows of a batch mean, each decided by `Reconciliation` on what the database knows of its identifiers and
/// on what the rows before it brought: as if they had been sent one by one.
///
/// It asks the rules with the owners of a row's identifiers alone, and how many other contacts their clusters have,
/// because the decision depends on nothing else; a row gets no answer.
public struct BatchPlan {
    /// A contact to be inserted.
    struct NewContact {
        let observation: Observation
        /// The primary when it was added; itself, if it was one.
        let primaryID: ContactID
        let ownsEmail: Bool
        let ownsPhone: Bool
    }

    struct Merge {
        let primaryID: ContactID
        let absorbedID: ContactID
        /// `nil` where a link between two e-mails, or two phones, is the reason.
        let observation: Observation?
    }

    /// In the order of the rows.
    private(set) var contacts: [NewContact] = []
    private(set) var merges: [Merge] = []
    public private(set) var outcomes: [Outcome: Int] = [:]
    /// Rows, counted from 0, that would make a cluster too large. Nothing of them is written.
    public private(set) var refused: [Int] = []
    /// The clusters in the database that the plan adds to, moves, or moves others to.
    private(set) var primaries: Set<ContactID> = []

    /// Until they are inserted, new contacts have ids of their own, which are above those in the database: they
    /// are younger.
    static let firstNewID: ContactID = 1 << 62

    /// In contacts, of the clusters in the database, as they were read.
    let sizesBefore: [ContactID: Int]

    private var emailOwners: [Email: ContactID]
    private var phoneOwners: [String: ContactID]
    private let maximumClusterSize: Int
    /// In contacts, of each cluster by its primary, with what the rows so far bring.
    private var sizes: [ContactID: Int]
    /// Where the contacts of a primary went.
    private var absorbers: [ContactID: ContactID] = [:]
    private var rows = 0

    /// - Parameters:
    ///   - emailOwners: The primaries whose clusters own e-mails of the rows, as far as the database knows them.
    ///   - phoneOwners: The same of phones, by their keys.
    ///   - sizes: In contacts, of all these clusters.
    init(
        emailOwners: [Email: ContactID], phoneOwners: [String: ContactID], sizes: [ContactID: Int],
        maximumClusterSize: Int
    ) {
        self.emailOwners = emailOwners
        self.phoneOwners = phoneOwners
        self.sizes = sizes
        self.maximumClusterSize = maximumClusterSize
        sizesBefore = sizes
    }

    /// The next row.
    mutating func add(_ row: BatchRow) {
        defer { rows += 1 }
        if let linked = row.linked {
            add(row.observation, linkedTo: linked)
        } else if let outcome = carryOut(row.observation) {
            outcomes[outcome, default: 0] += 1
        } else {
            refused.append(rows)
        }
    }

    /// - Returns: `nil` where it is refused.
    private mutating func carryOut(_ observation: Observation) -> Outcome? {
        let (email, phone) = (observation.email, observation.phone)
        var owners: [Contact] = []
        if let email, let owner = emailOwners[email] {
            let primary = primary(of: owner)
            owners.append(Contact(id: primary, primaryID: primary, email: email, phone: nil))
        }
        if let phone, let owner = phoneOwners[phone.key] {
            let primary = primary(of: owner)
            owners.append(Contact(id: primary, primaryID: primary, email: nil, phone: phone))
        }

        // Where one cluster owns both, this is twice its size; but then nothing changes, however large it is.
        let size = owners.reduce(0) { $0 + sizes[$1.id, default: 0] }
        switch Reconciliation.plan(
            observation, among: owners, and: size - owners.count, maximumClusterSize: maximumClusterSize)
        {
        case .answer:
            return .known
        case .refuse:
            return nil
        case .change(.create):
            insert(observation, under: newID, ownsEmail: email != nil, ownsPhone: phone != nil)
            return .created
        case .change(.link(let primary, let introduced)):
            insert(
                observation, under: primary, ownsEmail: introduced == .email, ownsPhone: introduced == .phoneNumber)
            return .linked
        case .change(.merge(let primary, let absorbed)):
            merge(absorbed, into: primary, because: observation)
            return .merged
        }
    }

    private mutating func merge(_ absorbed: ContactID, into primary: ContactID, because observation: Observation?) {
        touch(primary)
        touch(absorbed)
        absorbers[absorbed] = primary
        merges.append(Merge(primaryID: primary, absorbedID: absorbed, observation: observation))
        sizes[primary, default: 0] += sizes.removeValue(forKey: absorbed) ?? 0
    }

    /// The id of the next new contact.
    private var newID: ContactID { BatchPlan.firstNewID + ContactID(contacts.count) }

    private mutating func insert(_ observation: Observation, under primary: ContactID, ownsEmail: Bool, ownsPhone: Bool)
    {
        touch(primary)
        sizes[primary, default: 0] += 1
        if ownsEmail, let email = observation.email { emailOwners[email] = primary }
        if ownsPhone, let phone = observation.phone { phoneOwners[phone.key] = primary }
        contacts.append(
            NewContact(observation: observation, primaryID: primary, ownsEmail: ownsEmail, ownsPhone: ownsPhone))
    }

    private mutating func touch(_ primary: ContactID) {
        if primary < BatchPlan.firstNewID { primaries.insert(primary) }
    }

    /// The primary, when all rows are carried out, of the cluster that was `id`'s.
    mutating func primary(of id: ContactID) -> ContactID {
        guard let absorber = absorbers[id] else { return id }
        let primary = primary(of: absorber)
        // The next time it is one step.
        absorbers[id] = primary
        return primary
    }

    /// The primary of the cluster that owns what is observed, its e-mail first.
    private mutating func owner(of observation: Observation) -> ContactID? {
        let owner =
            observation.email.flatMap { emailOwners[$0] } ?? observation.phone.flatMap { phoneOwners[$0.key] }
        return owner.map { primary(of: $0) }
    }

    /// The clusters of the database that rows merge.
    var merged: Set<ContactID> {
        Set(merges.flatMap { [$0.primaryID, $0.absorbedID] }).intersection(primaries)
    }

    /// The clusters of the database that become part of another, each with the primary that it gets.
    mutating func absorbed() -> [(absorbed: ContactID, primary: ContactID)] {
        primaries.sorted().map { ($0, primary(of: $0)) }.filter { $0 != $1 }
    }
}

// MARK: - Rows that are linked to another

extension BatchPlan {
    /// What the row says, and then that it is the other's customer: all of it or nothing.
    private mutating func add(_ observation: Observation, linkedTo linked: Observation) {
        let (email, phone) = (observation.emailAlone, observation.phoneAlone)
        let known = [email, phone].map { $0.flatMap { owner(of: $0) } }
        let owners = Set((known + [owner(of: linked)]).compactMap(\.self))
        let isNew = zip([email, phone], known).contains { $0 != nil && $1 == nil }
        let size = owners.reduce(isNew ? 1 : 0) { $0 + sizes[$1, default: 0] }
        if (isNew || owners.count > 1) && size > maximumClusterSize {
            refused.append(rows)
            return
        }
        switch LinkEvidence(of: observation, linkedTo: linked) {
        case .one(let tie):
            _ = carryOut(tie)
        case .two(let tie):
            _ = carryOut(observation)
            _ = carryOut(tie)
        case .link:
            _ = carryOut(linked)
            _ = carryOut(observation)
            link(observation, to: linked)
        }
        outcomes[owners.count > 1 ? .merged : !isNew ? .known : owners.isEmpty ? .created : .linked, default: 0] += 1
    }

    /// Two e-mails or two phones: there is no pair that could be written.
    private mutating func link(_ observation: Observation, to linked: Observation) {
        guard let one = owner(of: observation), let other = owner(of: linked), one != other else { return }
        merge(max(one, other), into: min(one, other), because: nil)
    }
}
