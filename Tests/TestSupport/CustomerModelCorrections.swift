// MARK: - Corrections

extension CustomerModel {
    public struct Correction: Hashable, Sendable {
        public let kind: Kind
        public internal(set) var apart: Set<Pair> = []
        public internal(set) var evidence: Set<EvidenceID> = []
        /// What it disowns, or trusts.
        public internal(set) var identifier: Identifier?
        public internal(set) var isUndone = false
        public internal(set) var isErased = false

        public enum Kind: Hashable, Sendable { case unlink, keepApart, disown, trust }

        public var stands: Bool { !isUndone && !isErased }
        var named: Set<Identifier> { apart.reduce(identifier.map { [$0] } ?? []) { $0.union($1.ends) } }
    }

    /// What is asked for.
    public enum Claim: Hashable, Sendable {
        case unlink(Pair? = nil, evidence: Set<EvidenceID> = [])
        case keepApart(ID, ID, evidence: Set<EvidenceID> = [])
        case disown(Identifier)
        case trust(Identifier)
    }

    public enum Verdict: Hashable, Sendable {
        case done(ID, [Customer])
        case unknown
        case erased
        case doesNotApply
        /// With those that are to be parted, and are one.
        case stillConnected(Set<Pair>)
        case tooLarge
    }

    private struct Refusal: Error {
        let verdict: Verdict
    }

    /// - Parameters:
    ///   - newID: Of the correction. By default it is the next.
    ///   - newContacts: Of the contacts that it makes. By default they are the next.
    public mutating func correct(_ claim: Claim, newID: ID? = nil, newContacts: [ID] = []) -> Verdict {
        let correction: Correction
        do throws(Refusal) {
            correction = try self.correction(of: claim)
        } catch {
            return error.verdict
        }
        if isTooLarge(around: affected(by: correction)) { return .tooLarge }
        var next = self
        let same = corrections.first { $1 == correction }?.key
        let id = same ?? newID ?? (corrections.keys.max() ?? 0) + 1
        if same == nil {
            next.corrections[id] = correction
            next.derive(around: affected(by: correction), newContacts)
        }
        let connected = correction.apart.filter(next.areOne)
        if !connected.isEmpty { return .stillConnected(connected) }
        let customers = next.customers(of: named(by: correction), before: self)
        self = next
        return .done(id, customers)
    }

    private func correction(of claim: Claim) throws(Refusal) -> Correction {
        switch claim {
        case .unlink(let pair, let evidence):
            let listed = try ends(of: evidence)
            let isKnown = pair.map { $0.ends.allSatisfy { owners[$0] != nil } }
            if isKnown == false { throw Refusal(verdict: .unknown) }
            return Correction(kind: .unlink, apart: pair.map { [$0] } ?? listed, evidence: evidence)
        case .keepApart(let one, let other, let evidence):
            let (owned, others) = (try owned(by: one), try owned(by: other))
            _ = try ends(of: evidence)
            if one == other || owned.isEmpty || others.isEmpty { throw Refusal(verdict: .doesNotApply) }
            let apart = owned.flatMap { identifier in others.map { Pair(identifier, $0) } }
            return Correction(kind: .keepApart, apart: Set(apart), evidence: evidence)
        case .disown(let identifier):
            return Correction(kind: .disown, identifier: try known(identifier))
        case .trust(let identifier):
            return Correction(kind: .trust, identifier: try known(identifier))
        }
    }

    private func ends(of evidence: Set<EvidenceID>) throws(Refusal) -> Set<Pair> {
        let pairs = evidence.map(pair)
        if pairs.contains(nil) { throw Refusal(verdict: .unknown) }
        return Set(pairs.compactMap(\.self))
    }

    private func owned(by id: ID) throws(Refusal) -> [Identifier] {
        guard let contact = contacts[id] else { throw Refusal(verdict: .unknown) }
        if contact.isErased { throw Refusal(verdict: .erased) }
        return contact.written.filter { owners[$0] == id }
    }

    private func known(_ identifier: Identifier) throws(Refusal) -> Identifier {
        if owners[identifier] == nil && !disowned.contains(identifier) { throw Refusal(verdict: .unknown) }
        return identifier
    }

    /// `nil` if there is no such evidence, or none any more.
    private func pair(of evidence: EvidenceID) -> Pair? {
        switch evidence {
        case .contact(let id): contacts[id]?.pair
        case .record(let pair, let number): records[pair].flatMap { $0.ids.contains(number) ? pair : nil }
        }
    }

    /// Also by the evidence that it lists.
    func named(by correction: Correction) -> Set<Identifier> {
        correction.evidence.reduce(correction.named) { $0.union(pair(of: $1)?.ends ?? []) }
    }

    private func areOne(_ pair: Pair) -> Bool {
        let primaries = pair.ends.map(primary)
        return primaries[0] != nil && primaries[0] == primaries[1]
    }

    /// Those that have one of the identifiers, or had before; the oldest first.
    private func customers(of identifiers: Set<Identifier>, before: CustomerModel) -> [Customer] {
        let old = Set(identifiers.compactMap(before.primary)).flatMap { before.members[$0]! }
        let made = contacts.keys.filter { before.contacts[$0] == nil }
        let primaries = (old + made).map { contacts[$0]!.primary } + identifiers.compactMap(primary)
        return Set(primaries).sorted().map { customer(of: $0)! }
    }
}

// MARK: - Undo

extension CustomerModel {
    public enum Undoing: Hashable, Sendable {
        case done([Customer])
        case unknown
        case erased
        /// By these corrections, which stand.
        case keptApart(Set<ID>)
        case tooLarge
    }

    /// - Parameter newContacts: Of the contacts that it makes. By default they are the next.
    public mutating func undo(_ ids: Set<ID>, newContacts: [ID] = []) -> Undoing {
        let undone = ids.compactMap { corrections[$0] }
        if undone.count < ids.count { return .unknown }
        if undone.contains(where: \.isErased) { return .erased }
        let identifiers = undone.filter(\.stands).reduce(into: Set()) { $0.formUnion(affected(by: $1)) }
        if isTooLarge(around: identifiers) { return .tooLarge }
        var next = self
        for id in ids { next.corrections[id]!.isUndone = true }
        next.derive(around: identifiers, newContacts)
        let violated = next.corrections.filter { $1.stands && $1.apart.contains(where: next.areOne) }
        if !violated.isEmpty { return .keptApart(Set(violated.keys)) }
        let customers = next.customers(of: undone.reduce(into: Set()) { $0.formUnion(named(by: $1)) }, before: self)
        self = next
        return .done(customers)
    }
}
