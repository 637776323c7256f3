/// Which contacts are one customer: the parts into which the evidence that stands ties their identifiers, given what
/// was written and the corrections. Nothing in it depends on the order in which any of it came, so undoing a correction is
/// leaving it out.
///
/// It may be of a few customers of many, if all that ties them to each other is there.
public struct CustomerGraph: Sendable {
    /// A contact as its request wrote it.
    public struct WrittenContact: Sendable {
        public let id: ContactID
        public let email: Email?
        public let phone: Phone?
        /// What it introduced then: its e-mail, if both. It goes with that.
        public let home: IdentifierField

        public init(id: ContactID, email: Email?, phone: Phone?, home: IdentifierField) {
            (self.id, self.email, self.phone, self.home) = (id, email, phone, home)
        }

        /// Home first.
        public var identifiers: [Identifier] {
            let identifiers = [email.map(Identifier.email), phone.map(Identifier.phone)].compactMap(\.self)
            return home == .email ? identifiers : identifiers.reversed()
        }

        /// `nil` where it has written one alone.
        public var pair: IdentifierPair? {
            let identifiers = identifiers
            return identifiers.count == 2 ? IdentifierPair(identifiers[0], identifiers[1]) : nil
        }
    }

    /// A customer, with all that its contacts hold.
    public struct Customer: Sendable {
        /// In order of their ids. The first is the primary.
        public internal(set) var contacts: [Holding]
    }

    /// What is left of a contact: what the corrections don't take out of it.
    public struct Holding: Sendable {
        /// `nil` for a contact that is to be made, because no other holds an identifier.
        public let id: ContactID?
        /// Which of the contacts that are to be made it is, from 0.
        public let made: Int?
        public let email: Email?
        public let phone: Phone?
        /// Whether it is the oldest that holds it.
        public internal(set) var ownsEmail = false
        public internal(set) var ownsPhone = false

        fileprivate var identifiers: [Identifier] {
            [email.map(Identifier.email), phone.map(Identifier.phone)].compactMap(\.self)
        }

        fileprivate init(id: ContactID?, made: Int? = nil, _ identifiers: some Sequence<Identifier>) {
            (self.id, self.made) = (id, made)
            var (email, phone): (Email?, Phone?)
            for identifier in identifiers {
                switch identifier {
                case .email(let text): email = text
                case .phone(let number): phone = number
                }
            }
            (self.email, self.phone) = (email, phone)
        }
    }

    /// In order of their ids.
    public let contacts: [WrittenContact]
    /// Contacts are the evidence of their own pairs.
    public let evidence: [Evidence]
    /// Those that keep apart and disown.
    public private(set) var standing: [Correction]
    /// Withdrawn by corrections that were erased: an erasure joins nobody.
    private let withdrawn: Set<EvidenceID>
    /// What contacts have written that customers own who are not in the graph.
    private let elsewhere: Set<Identifier>

    private var disowned: Set<Identifier> = []
    private var covered: Set<EvidenceID> = []
    private var keptApart: Set<IdentifierPair> = []

    /// - Parameters:
    ///   - records: Evidence that is not a contact.
    ///   - withdrawn: Evidence that corrections have withdrawn which were erased since.
    ///   - elsewhere: What its contacts have written, and customers own who are not in the graph.
    public init(
        contacts: [WrittenContact], records: [Evidence], standing: [Correction], withdrawn: Set<EvidenceID> = [],
        elsewhere: Set<Identifier> = []
    ) {
        self.contacts = contacts.sorted { $0.id < $1.id }
        evidence =
            self.contacts.compactMap { contact in contact.pair.map { Evidence(id: contact.id, pair: $0) } } + records
        self.withdrawn = withdrawn
        self.elsewhere = elsewhere
        self.standing = standing
        derive()
    }

    private mutating func derive() {
        disowned = Set(standing.compactMap(\.disowned))
        covered = standing.reduce(withdrawn) { $0.union($1.evidence) }
        keptApart = Set(standing.flatMap(\.apart))
    }

    public func adding(_ correction: Correction) -> CustomerGraph {
        var graph = self
        graph.standing.append(correction)
        graph.derive()
        return graph
    }

    public func removing(_ corrections: Set<CorrectionID>) -> CustomerGraph {
        var graph = self
        graph.standing.removeAll { corrections.contains($0.id) }
        graph.derive()
        return graph
    }

    public func stands(_ evidence: Evidence) -> Bool {
        !covered.contains(evidence.id) && !keptApart.contains(evidence.pair)
            && disowned.isDisjoint(with: evidence.pair.ends)
    }

    public func isDisowned(_ identifier: Identifier) -> Bool { disowned.contains(identifier) }

    /// Whether it is somebody's.
    public func isLive(_ identifier: Identifier) -> Bool {
        !disowned.contains(identifier) && named.contains(identifier)
    }

    // MARK: - Customers

    /// The oldest first; those that have no contact yet last.
    public func customers() -> [Customer] {
        var ties = IdentifierTies(standingEvidence.map(\.pair))
        var owners = elsewhere
        var customers: [Customer] = []
        var places: [Identifier: Int] = [:]

        func add(_ holding: Holding) {
            var holding = holding
            if let email = holding.email { holding.ownsEmail = owners.insert(.email(email)).inserted }
            if let phone = holding.phone { holding.ownsPhone = owners.insert(.phone(phone)).inserted }
            let place = holding.identifiers.first.map { ties.part(of: $0) }
            if let place, let customer = places[place] {
                customers[customer].contacts.append(holding)
            } else {
                if let place { places[place] = customers.count }
                customers.append(Customer(contacts: [holding]))
            }
        }

        for contact in contacts { add(Holding(id: contact.id, held(by: contact))) }
        var made = 0
        for identifier in named where !disowned.contains(identifier) && !owners.contains(identifier) {
            add(Holding(id: nil, made: made, [identifier]))
            made += 1
        }
        return customers
    }

    /// What contacts have written, what evidence has as an end, and what is kept apart: the contact that wrote it may be erased.
    private var named: [Identifier] {
        contacts.flatMap(\.identifiers) + evidence.sorted { $0.id < $1.id }.flatMap(\.pair.ends)
            + standing.sorted { $0.id < $1.id }.flatMap(\.apart).flatMap(\.ends)
    }

    public var standingEvidence: [Evidence] { evidence.filter(stands) }

    /// What a contact has written, but for what corrections take out of it: it goes with its home; while that is disowned,
    /// with the other, unless somebody has said that the two do not belong together.
    public func held(by contact: WrittenContact) -> [Identifier] {
        let free = contact.identifiers.filter { !disowned.contains($0) }
        guard let pair = contact.pair else { return free }
        if covered.contains(contact.id) || keptApart.contains(pair) {
            return free.filter { $0 == contact.identifiers[0] }
        }
        return free
    }

    // MARK: - Kept apart

    /// Why a correction can't be made: what it parts is still connected.
    public struct StillConnected: Error, Equatable, Sendable {
        /// Evidence that ties the two, the shortest chain of it.
        public let path: [EvidenceID]
        /// Evidence that would have to be withdrawn besides: as little of it as possible.
        public let cut: [EvidenceID]
    }

    /// Standing corrections that keep two apart that are one customer's.
    public func violated() -> [Correction] {
        var ties = IdentifierTies(standingEvidence.map(\.pair))
        return standing.filter { $0.apart.contains { ties.areTied($0.one, $0.other) } }
    }

    /// Whether the correction, which is one of `standing`, parts what it is to keep apart.
    /// - Throws: `StillConnected`: of an unlink, for the first two that are; of two contacts, for all that they own.
    public func checkParted(by correction: Correction) throws(StillConnected) {
        let evidence = standingEvidence
        var ties = IdentifierTies(evidence.map(\.pair))
        guard let first = correction.apart.first(where: { ties.areTied($0.one, $0.other) }) else { return }
        let pairs = correction.kind == .keepApart ? correction.apart : [first]
        throw EvidencePaths(evidence).connection(
            of: Set(pairs.compactMap { $0.partner(of: first.other) }),
            with: Set(pairs.compactMap { $0.partner(of: first.one) }))
    }
}
