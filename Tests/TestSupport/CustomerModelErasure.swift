// MARK: - Erase

extension CustomerModel {
    public enum Erasure: Hashable, Sendable {
        case erased([ID])
        case unknown
        case ambiguous
        case tooLarge(primary: ID)
    }

    @discardableResult
    public mutating func erase(_ id: ID) -> Erasure {
        guard let contact = contacts[id] else { return .unknown }
        let ids = members[contact.primary]!.sorted()
        if contact.isErased { return .erased(ids) }
        return erase(ids, [])
    }

    @discardableResult
    public mutating func erase(_ email: String?, _ phone: String?) -> Erasure {
        let named = Identifier.all(email, phone)
        let nobodys = named.filter(disowned.contains)
        let known = Set(named.compactMap(primary))
        if known.isEmpty && nobodys.isEmpty { return .unknown }
        let isAll = named.allSatisfy { owners[$0] != nil || disowned.contains($0) }
        if !isAll || known.count > 1 { return .ambiguous }
        return erase(known.first.map { members[$0]!.sorted() } ?? [], Set(nobodys))
    }

    /// - Parameter nobodys: Disowned identifiers that are named.
    private mutating func erase(_ ids: [ID], _ nobodys: Set<Identifier>) -> Erasure {
        if ids.count > CustomerModel.largestErasure { return .tooLarge(primary: ids[0]) }
        let written = Set(ids.flatMap { contacts[$0]!.written })
        let primary = ids.first
        let owned = written.filter { identifier in primary != nil && self.primary(of: identifier) == primary }
        for id in ids { contacts[id] = Contact(primary: primary!, isErased: true) }
        let erased = owned.union(nobodys)

        // What holds nothing, and whose home is erased, was the erased one's.
        let left = contacts.keys.filter { id in
            contacts[id]!.written.first.map(erased.contains) == true && held(by: id).isEmpty
        }

        for (id, correction) in corrections where !erased.isDisjoint(with: correction.named) {
            let covered = evidence.filter { correction.stands && correction.apart.contains($0.pair) }
            corrections[id] = Correction(
                kind: correction.kind, evidence: correction.evidence.union(covered.map(\.id)),
                isUndone: correction.isUndone, isErased: true)
        }
        for (pair, records) in records where !erased.isDisjoint(with: pair.ends) {
            self.records[pair]!.erased = records.made
        }
        for id in left { contacts[id]!.forget(Set(contacts[id]!.written)) }
        for id in contacts.keys { contacts[id]!.forget(erased) }
        for identifier in erased { owners[identifier] = nil }
        deriveEvidence()
        if !ids.isEmpty { tell([.erased(ids)]) }
        return .erased(ids)
    }
}
