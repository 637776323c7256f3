import Identity

/// The plain facts of a history, and what the rules for evidence and corrections make of them: what a store does, without one.
struct Ledger {
    private(set) var contacts: [CustomerGraph.WrittenContact] = []
    /// Evidence that is not a contact.
    private(set) var records: [Evidence] = []
    private(set) var corrections: [CorrectionID: Entry] = [:]
    private(set) var customers: [CustomerGraph.Customer] = [] {
        didSet {
            owners = [:]
            for (index, customer) in customers.enumerated() {
                for identifier in customer.owned { owners[identifier] = index }
            }
        }
    }
    private var owners: [Identifier: Int] = [:]
    /// Of contacts and evidence.
    private(set) var newest: Int64 = 0

    struct Entry {
        var correction: Correction
        var isUndone = false
        var isErased = false
        var stands: Bool { !isUndone && !isErased }
    }

    var graph: CustomerGraph {
        CustomerGraph(
            contacts: contacts, records: records, standing: standing,
            withdrawn: corrections.values.filter { $0.isErased && !$0.isUndone }
                .reduce(into: []) { $0.formUnion($1.correction.evidence) })
    }

    var standing: [Correction] { corrections.values.filter(\.stands).map(\.correction) }

    private func isDisowned(_ identifier: Identifier) -> Bool { standing.contains { $0.disowned == identifier } }

    /// Whose an identifier is.
    func customer(of identifier: Identifier) -> CustomerGraph.Customer? {
        owners[identifier].map { customers[$0] }
    }

    // MARK: - Identify

    /// - Returns: What was left out.
    mutating func identify(_ email: Email?, _ phone: Phone?) -> Set<IdentifierField> {
        let given = [email.map(Identifier.email), phone.map(Identifier.phone)].compactMap(\.self)
        var taken = given.filter { !isDisowned($0) }
        if taken.count == 2, areKeptApart(taken[0], taken[1]) { taken.removeLast() }
        observe(taken)
        return Set(given.map(\.field)).subtracting(taken.map(\.field))
    }

    private mutating func observe(_ taken: [Identifier]) {
        let owners = taken.map(customer)
        let isKnown = owners.map { $0 != nil }
        if isKnown.contains(false) {
            newest += 1
            let home: IdentifierField =
                isKnown == [true, false] || taken[0].field == .phoneNumber ? .phoneNumber : .email
            contacts.append(CustomerGraph.WrittenContact(newest, taken, home: home))
        } else if taken.count == 2, !tie(taken[0], taken[1]) {
            return
        }
        customers = graph.customers()
    }

    private mutating func tie(_ one: Identifier, _ other: Identifier) -> Bool {
        let (graph, pair) = (graph, IdentifierPair(one, other))
        if graph.evidence.contains(where: { $0.pair == pair && graph.stands($0) }) { return false }
        newest += 1
        records.append(Evidence(id: newest, pair: pair))
        return true
    }

    private func areKeptApart(_ one: Identifier, _ other: Identifier) -> Bool {
        guard let first = owners[one], let second = owners[other], first != second else { return false }
        return standing.contains { correction in
            correction.apart.contains { Set($0.ends.map { owners[$0] }) == [first, second] }
        }
    }

    /// Whether two are one's who are kept apart.
    var isViolated: Bool {
        standing.contains { correction in
            correction.apart.contains { owners[$0.one] != nil && owners[$0.one] == owners[$0.other] }
        }
    }

    /// An import's row that is linked to another.
    /// - Returns: Whether both are one customer's.
    mutating func link(_ one: Identifier, to other: Identifier) -> Bool {
        if isDisowned(one) || isDisowned(other) || areKeptApart(one, other) { return false }
        for end in [one, other] where customer(of: end) == nil { observe([end]) }
        if one != other, tie(one, other) { customers = graph.customers() }
        return true
    }

    // MARK: - Corrections

    enum Refusal: Error {
        case unknown
        case erased
        case doesNotApply
        case keptApart(by: [Correction])
        case connected(CustomerGraph.StillConnected)
    }

    func ends(of evidence: Set<EvidenceID>) throws(Refusal) -> [IdentifierPair] {
        let found = graph.evidence.filter { evidence.contains($0.id) }
        if found.count < evidence.count { throw .unknown }
        return Array(Set(found.map(\.pair)))
    }

    /// - Parameter id: For the correction, if it is a new one.
    /// - Returns: Its id, and the contacts that it has made.
    mutating func correct(
        _ id: CorrectionID, _ kind: Correction.Kind, apart: [IdentifierPair] = [], evidence: Set<EvidenceID> = [],
        identifier: Identifier? = nil
    ) throws(Refusal) -> (id: CorrectionID, made: [ContactID]) {
        let listed = try ends(of: evidence)
        let graph = graph
        // Of evidence, an end may be disowned.
        if !apart.allSatisfy({ listed.contains($0) || $0.ends.allSatisfy(graph.isLive) }) { throw .unknown }
        if let identifier, !graph.isLive(identifier), !isDisowned(identifier) { throw .unknown }
        let correction = Correction(id: id, kind: kind, apart: apart, evidence: evidence, identifier: identifier)
        if let same = standing.first(where: { $0.isRepeated(by: correction) }) { return (same.id, []) }
        do {
            try graph.adding(correction).checkParted(by: correction)
        } catch {
            throw .connected(error)
        }
        corrections[id] = Entry(correction: correction)
        return (id, derive())
    }

    /// - Returns: The contacts that it has made.
    mutating func undo(_ ids: Set<CorrectionID>) throws(Refusal) -> [ContactID] {
        if !ids.allSatisfy({ corrections[$0] != nil }) { throw .unknown }
        if ids.contains(where: { corrections[$0]!.isErased }) { throw .erased }
        let violated = graph.removing(ids).violated()
        if !violated.isEmpty { throw .keptApart(by: violated) }
        for id in ids { corrections[id]!.isUndone = true }
        return derive()
    }

    private mutating func derive() -> [ContactID] {
        customers = graph.customers()
        let missing = customers.flatMap(\.contacts).filter { $0.id == nil }.sorted { $0.made! < $1.made! }
        if missing.isEmpty { return [] }
        var made: [CustomerGraph.WrittenContact] = []
        for identifier in missing.flatMap(\.owned) {
            newest += 1
            made.append(CustomerGraph.WrittenContact(newest, [identifier], home: identifier.field))
        }
        contacts += made
        customers = graph.customers()
        return made.map(\.id)
    }

    // MARK: - Erase

    /// - Parameter nobodys: Disowned identifiers that are named.
    mutating func erase(_ customer: CustomerGraph.Customer?, naming nobodys: [Identifier]) -> [ContactID] {
        let before = graph
        let ids = customer?.contacts.compactMap(\.id) ?? []
        let gone = contacts.filter { ids.contains($0.id) }
        contacts.removeAll { ids.contains($0.id) }
        let erased = Set((customer?.owned ?? []) + nobodys)
        for (id, entry) in corrections {
            let correction = entry.correction
            let named = correction.apart.flatMap(\.ends) + [correction.identifier].compactMap(\.self)
            if erased.isDisjoint(with: named) { continue }
            let parted = Set(correction.apart)
            let covered = gone.compactMap(\.evidence) + contacts.compactMap(\.evidence) + records
            corrections[id]!.correction = Correction(
                id: id, kind: correction.kind,
                evidence: entry.stands
                    ? correction.evidence.union(covered.filter { parted.contains($0.pair) }.map(\.id))
                    : correction.evidence)
            corrections[id]!.isErased = true
        }
        records.removeAll { !erased.isDisjoint(with: $0.pair.ends) }
        contacts = contacts.map { contact in
            let isLeft = contact.written.first.map(erased.contains) == true && before.held(by: contact).isEmpty
            if isLeft { return CustomerGraph.WrittenContact(contact.id, [], home: contact.home) }
            return CustomerGraph.WrittenContact(
                contact.id, contact.written.filter { !erased.contains($0) }, home: contact.home)
        }
        customers = graph.customers()
        return ids
    }
}

extension CustomerGraph.WrittenContact {
    init(_ id: ContactID, _ identifiers: [Identifier], home: IdentifierField) {
        var (email, phone): (Email?, Phone?)
        for identifier in identifiers {
            switch identifier {
            case .email(let text): email = text
            case .phone(let number): phone = number
            }
        }
        self.init(id: id, email: email, phone: phone, home: home)
    }

    /// Home first.
    var written: [Identifier] {
        let identifiers = [email.map(Identifier.email), phone.map(Identifier.phone)].compactMap(\.self)
        return home == .email ? identifiers : identifiers.reversed()
    }

    fileprivate var evidence: Evidence? {
        written.count == 2 ? Evidence(id: id, pair: IdentifierPair(written[0], written[1])) : nil
    }
}

extension CustomerGraph.Customer {
    var owned: [Identifier] { contacts.flatMap(\.owned) }

    /// As `Cluster.shape`: the ids of contacts that own nothing are left out.
    var shape: String {
        let emails = contacts.compactMap { $0.ownsEmail ? $0.email?.text : nil }
        let phones = contacts.compactMap { $0.ownsPhone ? $0.phone?.key : nil }
        let secondaries = contacts.dropFirst().filter { !$0.owned.isEmpty }.map(\.name)
        return "\(contacts[0].name): "
            + [emails, phones, secondaries].map { $0.joined(separator: ",") }.joined(separator: " | ")
    }
}

extension CustomerGraph.Holding {
    var owned: [Identifier] {
        [ownsEmail ? email.map(Identifier.email) : nil, ownsPhone ? phone.map(Identifier.phone) : nil]
            .compactMap(\.self)
    }

    /// "new", if it is to be made.
    var name: String { id.map(String.init) ?? "new" }
}
