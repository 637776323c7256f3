public import Identity

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
    }

    /// What of a row did not take part.
    public struct LeftOut: Sendable {
        /// Counted from 0.
        public let row: Int
        /// `nil` for its link to another row.
        public let field: IdentifierField?
        public let reason: Exclusion
    }

    /// In the order of the rows.
    private(set) var contacts: [NewContact] = []
    private(set) var merges: [Merge] = []
    /// Evidence that no contact is: in the order of the rows, each once.
    private(set) var ties: [IdentifierPair] = []
    public private(set) var outcomes: [Outcome: Int] = [:]
    /// In the order of the rows.
    public private(set) var leftOut: [LeftOut] = []
    /// The clusters in the database that the plan adds to, moves, or moves others to.
    private(set) var primaries: Set<ContactID> = []

    /// Until they are inserted, new contacts have ids of their own, which are above those in the database: they
    /// are younger.
    static let firstNewID: ContactID = 1 << 62

    /// What the database knows of the rows' identifiers.
    struct Known {
        /// The primaries whose clusters own them; below 0 for what names nobody.
        var emailOwners: [Email: ContactID] = [:]
        /// By their keys.
        var phoneOwners: [String: ContactID] = [:]
        /// In contacts, of all these clusters.
        var sizes: [ContactID: Int] = [:]
        /// Which of them corrections keep apart, either way.
        var keptApart: [ContactID: Set<ContactID>] = [:]
        /// Of the rows' pairs, those of which evidence stands.
        var pairs: Set<IdentifierPair> = []

        func owner(of identifier: Identifier) -> ContactID? {
            switch identifier {
            case .email(let email): emailOwners[email]
            case .phone(let phone): phoneOwners[phone.key]
            }
        }
    }

    let before: Known

    private var emailOwners: [Email: ContactID]
    private var phoneOwners: [String: ContactID]
    private let maximumClusterSize: Int
    private var keptApart: [ContactID: Set<ContactID>]
    /// Of which there is evidence, also what the rows so far bring.
    private var pairs: Set<IdentifierPair>
    /// In contacts, of each cluster by its primary, with what the rows so far bring.
    private var sizes: [ContactID: Int]
    /// Where the contacts of a primary went.
    private var absorbers: [ContactID: ContactID] = [:]
    private var rows = 0

    init(_ known: Known, maximumClusterSize: Int) {
        before = known
        (emailOwners, phoneOwners) = (known.emailOwners, known.phoneOwners)
        (sizes, keptApart, pairs) = (known.sizes, known.keptApart, known.pairs)
        self.maximumClusterSize = maximumClusterSize
    }

    /// The next row.
    mutating func add(_ row: BatchRow) {
        defer { rows += 1 }
        let outcome =
            if let linked = row.linked {
                carryOut(row.observation, linkedTo: linked)
            } else {
                carryOut(row.observation).outcome
            }
        outcomes[outcome, default: 0] += 1
    }

    private mutating func leaveOut(_ field: IdentifierField?, because reason: Exclusion) {
        leftOut.append(LeftOut(row: rows, field: field, reason: reason))
    }

    /// - Returns: What took part, if anything did, and what that changed.
    private mutating func carryOut(_ observation: Observation) -> (rest: Observation?, outcome: Outcome) {
        let (email, phone) = (observation.email, observation.phone)
        switch plan(observation) {
        case .leaveOut(let field, let reason):
            leaveOut(field, because: reason)
            guard let rest = observation.without(field) else { return (nil, .known) }
            return carryOut(rest)
        case .answer(let cluster):
            if let pair = observation.pair { tie(pair, in: cluster.primaryID) }
            return (observation, .known)
        case .change(.create):
            insert(observation, under: newID, ownsEmail: email != nil, ownsPhone: phone != nil)
            return (observation, .created)
        case .change(.link(let primary, let introduced)):
            insert(
                observation, under: primary, ownsEmail: introduced == .email, ownsPhone: introduced == .phoneNumber)
            return (observation, .linked)
        case .change(.merge(let primary, let absorbed)):
            merge(absorbed, into: primary)
            if let pair = observation.pair { tie(pair, in: primary) }
            return (observation, .merged)
        }
    }

    private mutating func plan(_ observation: Observation) -> Reconciliation.Plan {
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
        return Reconciliation.plan(
            observation, among: owners, and: size - owners.count, maximumClusterSize: maximumClusterSize,
            areKeptApart: owners.count == 2 && areKeptApart(owners[0].id, owners[1].id))
    }

    private mutating func merge(_ absorbed: ContactID, into primary: ContactID) {
        touch(primary)
        touch(absorbed)
        absorbers[absorbed] = primary
        merges.append(Merge(primaryID: primary, absorbedID: absorbed))
        sizes[primary, default: 0] += sizes.removeValue(forKey: absorbed) ?? 0
        if let others = keptApart.removeValue(forKey: absorbed) {
            keptApart[primary, default: []].formUnion(others)
        }
    }

    private mutating func areKeptApart(_ one: ContactID, _ other: ContactID) -> Bool {
        func others(_ id: ContactID) -> Set<ContactID> { Set((keptApart[id] ?? []).map { primary(of: $0) }) }
        return !keptApart.isEmpty && (others(one).contains(other) || others(other).contains(one))
    }

    /// Writes down that the two came together, unless a row did before.
    private mutating func tie(_ pair: IdentifierPair, in primary: ContactID) {
        if pairs.insert(pair).inserted {
            touch(primary)
            ties.append(pair)
        }
    }

    /// The id of the next new contact.
    private var newID: ContactID { BatchPlan.firstNewID + ContactID(contacts.count) }

    private mutating func insert(_ observation: Observation, under primary: ContactID, ownsEmail: Bool, ownsPhone: Bool)
    {
        touch(primary)
        sizes[primary, default: 0] += 1
        if ownsEmail, let email = observation.email { emailOwners[email] = primary }
        if ownsPhone, let phone = observation.phone { phoneOwners[phone.key] = primary }
        if let pair = observation.pair { pairs.insert(pair) }
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
    /// What the row says, and then that what takes part of it is the other's customer.
    private mutating func carryOut(_ observation: Observation, linkedTo other: Observation) -> Outcome {
        let linked = rest(of: other)
        if case .one(let tie) = LinkEvidence(of: observation, linkedTo: linked), exclusion(of: tie) == nil {
            return carryOut(tie).outcome
        }
        let (taken, outcome) = carryOut(observation)
        guard let rest = taken else { return outcome }
        switch LinkEvidence(of: rest, linkedTo: linked) {
        case .one(let tie), .two(let tie):
            if let reason = exclusion(of: tie) {
                leaveOut(nil, because: reason)
                return outcome
            }
            return Outcome(of: [outcome, carryOut(tie).outcome])
        case .link:
            return Outcome(of: [outcome, carryOut(linked).outcome, link(rest, to: linked)])
        }
    }

    /// What takes part of the other row, whose phone may have been left out.
    private mutating func rest(of linked: Observation) -> Observation {
        guard let email = linked.emailAlone, let phone = linked.phoneAlone, let owner = owner(of: email) else {
            return linked
        }
        return self.owner(of: phone) == owner ? linked : email
    }

    private mutating func exclusion(of tie: Observation) -> Exclusion? {
        if case .leaveOut(_, let reason) = plan(tie) { reason } else { nil }
    }

    /// Two e-mails or two phones.
    private mutating func link(_ observation: Observation, to linked: Observation) -> Outcome {
        guard let one = owner(of: observation), let other = owner(of: linked), one > 0, other > 0 else { return .known }
        let pair = IdentifierPair(linked.first, observation.first)
        if one == other {
            if pair.one != pair.other { tie(pair, in: one) }
            return .known
        }
        let size = sizes[one, default: 0] + sizes[other, default: 0]
        let reason: Exclusion? =
            areKeptApart(one, other) ? .keptApart : size > maximumClusterSize ? .clusterTooLarge : nil
        if let reason {
            leaveOut(nil, because: reason)
            return .known
        }
        merge(max(one, other), into: min(one, other))
        tie(pair, in: min(one, other))
        return .merged
    }
}

extension Outcome {
    /// Of changes that make one customer: to merge one that was just created is no more than to link.
    fileprivate init(of changes: [Outcome]) {
        let (created, merged) = (changes.count { $0 == .created }, changes.count { $0 == .merged })
        let isLinked = merged > 0 || changes.contains(.linked)
        self = merged > created ? .merged : created > merged ? .created : isLinked ? .linked : .known
    }
}
