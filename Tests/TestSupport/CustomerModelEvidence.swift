// MARK: - What became of an id

extension CustomerModel {
    public enum Status: Hashable, Sendable {
        /// - rows: With what they hold.
        case live(Customer, rows: [ID: Contact])
        case erased
        case unknown
    }

    public func status(of id: ID) -> Status {
        guard let contact = contacts[id] else { return .unknown }
        guard let customer = customer(of: id) else { return .erased }
        let rows = members[contact.primary]!.map { member in
            var row = Contact(primary: contact.primary)
            for identifier in held(by: member) {
                switch identifier {
                case .email(let text): row.email = text
                case .phone(let text): row.phone = text
                }
            }
            return (member, row)
        }
        return .live(customer, rows: Dictionary(uniqueKeysWithValues: rows))
    }

    public struct Evidence: Hashable, Sendable {
        public let id: EvidenceID
        public let pair: Pair
    }

    /// What has an identifier of the contact's customer at an end, or is one of its contacts.
    public func evidence(of contact: ID) -> [Evidence] {
        let primary = contacts[contact]?.primary
        return evidence.filter { evidence in
            if case .contact(let id) = evidence.id, contacts[id]!.primary == primary { return true }
            return evidence.pair.ends.contains { self.primary(of: $0) == primary }
        }
    }

    /// Those that list such evidence, or name an identifier that came in a request of the customer's contacts.
    public func corrections(of contact: ID) -> Set<ID> {
        guard let primary = contacts[contact]?.primary else { return [] }
        let written = Set(members[primary]!.flatMap { contacts[$0]!.written })
        let evidence = Set(evidence(of: contact).map(\.id))
        return Set(
            corrections.filter { _, correction in
                !correction.named.isDisjoint(with: written) || !correction.evidence.isDisjoint(with: evidence)
            }.keys)
    }

    public func stands(_ evidence: Evidence) -> Bool {
        !withdrawn.contains(evidence.id) && !apart.contains(evidence.pair)
            && disowned.isDisjoint(with: evidence.pair.ends)
    }

    /// All of it.
    public var evidence: [Evidence] {
        let own = contacts.compactMap { id, contact in contact.pair.map { Evidence(id: .contact(id), pair: $0) } }
        return own + recorded
    }

    private var recorded: [Evidence] {
        records.flatMap { pair, records in records.ids.map { Evidence(id: .record(pair, $0), pair: pair) } }
    }

    func held(by id: ID) -> [Identifier] {
        let contact = contacts[id]!
        let free = contact.written.filter { !disowned.contains($0) }
        guard let pair = contact.pair, withdrawn.contains(.contact(id)) || apart.contains(pair) else { return free }
        return free.filter { $0 == contact.written[0] }
    }
}

// MARK: - What follows from evidence and corrections

extension CustomerModel {
    /// What a correction may change the customers of: what evidence that it covers has at its ends.
    func affected(by correction: Correction) -> Set<Identifier> {
        let disowned: Set = correction.kind == .disown ? correction.named : []
        let ends = evidence.map(\.pair.ends).filter { !disowned.isDisjoint(with: $0) }
        return named(by: correction).union(ends.joined())
    }

    func isTooLarge(around identifiers: Set<Identifier>) -> Bool {
        primaries(around: identifiers).contains { members[$0]!.count > CustomerModel.largestErasure }
    }

    private func primaries(around identifiers: Set<Identifier>) -> Set<ID> {
        Set(contacts.values.filter { !identifiers.isDisjoint(with: $0.written) }.map(\.primary))
    }

    mutating func deriveEvidence() {
        disowned = Set(corrections.values.compactMap { $0.stands && $0.kind == .disown ? $0.identifier : nil })
        apart = corrections.values.filter(\.stands).reduce(into: []) { $0.formUnion($1.apart) }
        withdrawn = corrections.values.filter { !$0.isUndone }.reduce(into: []) { $0.formUnion($1.evidence) }
        tied = Set(evidence.filter(stands).map(\.pair))
    }

    /// The customers of these identifiers anew; no others can have changed.
    mutating func derive(around identifiers: Set<Identifier>, _ newContacts: [ID]) {
        deriveEvidence()
        let old = primaries(around: identifiers)
        var ids = old.flatMap { members.removeValue(forKey: $0)! }.sorted()
        var before = Dictionary(uniqueKeysWithValues: ids.map { ($0, contacts[$0]!.primary) })
        var lost: [Identifier: ID] = [:]
        for identifier in Set(ids.flatMap { contacts[$0]!.written }) {
            guard let primary = primary(of: identifier), old.contains(primary) else { continue }
            owners[identifier] = nil
            lost[identifier] = primary
        }
        for id in ids {
            for identifier in held(by: id) where owners[identifier] == nil { owners[identifier] = id }
        }

        var free = newContacts[...]
        let ends = recorded.map(\.pair).sorted() + apart.sorted()
        for identifier in ids.flatMap({ contacts[$0]!.written }) + ends.flatMap(\.ends)
        where owners[identifier] == nil && !disowned.contains(identifier) {
            let id = free.popFirst() ?? newest + 1
            newest = max(newest, id)
            contacts[id] = Contact(identifier, primary: id)
            owners[identifier] = id
            before[id] = lost[identifier]
            ids.append(id)
        }

        let parts = parts(of: ids)
        for (part, members) in Dictionary(grouping: ids, by: { id in held(by: id).first.map { parts[$0] ?? $0 } }) {
            for customer in part == nil ? members.map({ [$0] }) : [members] {
                let primary = customer.min()!
                self.members[primary] = customer
                for id in customer { contacts[id]!.primary = primary }
            }
        }
        tell(changes(of: ids, before: before))
    }

    /// Of what evidence ties that stands, one identifier for each part.
    private func parts(of ids: [ID]) -> [Identifier: Identifier] {
        let own = ids.compactMap { id in contacts[id]!.pair.map { Evidence(id: .contact(id), pair: $0) } }
        var parts: [Identifier: Identifier] = [:]
        for evidence in own + recorded where stands(evidence) {
            let ends = evidence.pair.ends.map { parts[$0] ?? $0 }
            parts[evidence.pair.ends[0]] = ends[0]
            parts[evidence.pair.ends[1]] = ends[0]
            for (identifier, part) in parts where part == ends[1] { parts[identifier] = ends[0] }
        }
        return parts
    }

    /// - Parameter before: Whose the contacts were, and what those have that were made.
    private func changes(of ids: [ID], before: [ID: ID]) -> [Change] {
        var (parted, merged): ([Change], [Change]) = ([], [])
        let old = Dictionary(grouping: ids.filter { before[$0] != nil }) { before[$0]! }
        for (from, ids) in old.sorted(by: { $0.key < $1.key }) {
            for (primary, ids) in Dictionary(grouping: ids, by: { contacts[$0]!.primary }).sorted(by: {
                $0.key < $1.key
            }) {
                if primary == from { continue }
                if ids.contains(from) {
                    merged.append(.merged(Merge(primary: primary, absorbed: from)))
                } else {
                    parted.append(.parted(primary: primary, from: from, contacts: ids.sorted()))
                }
            }
        }
        return parted + merged
    }
}
