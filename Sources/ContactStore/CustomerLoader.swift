internal import Identity
internal import PostgreSQL

/// Reads the customers that a correction is about, with all that ties them and all that is corrected of them, in the
/// correction's own transaction.
struct CustomerLoader {
    private(set) var contacts: [ContactID: StoredContact] = [:]
    /// What is no contact that was read: records, and contacts of others that withhold something of these.
    private var evidence: [EvidenceID: StoredEvidence] = [:]
    private(set) var corrections: [CorrectionID: Correction] = [:]
    private var erased: [CorrectionID: Correction] = [:]
    /// Also those that are undone.
    private var emptied: Set<CorrectionID> = []
    /// The contacts that own what names nobody.
    private(set) var nobodys: [Identifier: ContactID] = [:]
    private(set) var primaries: Set<ContactID> = []
    /// Of identifiers that were looked up: whose they are.
    private var owners: [Identifier: ContactID] = [:]
    private var lookedUp: Set<Identifier> = []
    /// Those of which the evidence and the corrections were read.
    private var explored: Set<Identifier> = []
    /// Contacts of others that withhold what these have, or had.
    private var withholders: [ContactID: StoredContact] = [:]

    private let session: Session
    private let deadline: Deadline
    private let locks: Bool

    /// - Parameter locks: Whether something is to be written.
    init(_ session: Session, locking locks: Bool, before deadline: Deadline) {
        (self.session, self.locks, self.deadline) = (session, locks, deadline)
    }

    // MARK: - Reading

    /// The cluster of each that somebody owns; below 0 where that is nobody.
    mutating func clusters(of identifiers: Set<Identifier>) async throws -> [Identifier: ContactID] {
        try await lookUp(identifiers)
        return owners.filter { identifiers.contains($0.key) }
    }

    private mutating func lookUp(_ identifiers: Set<Identifier>) async throws {
        let new = identifiers.subtracting(lookedUp)
        if new.isEmpty { return }
        lookedUp.formUnion(new)
        for owner in try await read(CorrectionStatements.owners, Parameters(IdentifierArrays(new).parameters)) {
            owners[owner.identifier] = owner.cluster
            if owner.cluster < 0 { nobodys[owner.identifier] = -owner.cluster }
        }
    }

    func clusters(
        ofContacts contacts: [ContactID]
    ) async throws -> [(contact: ContactID, cluster: ContactID, isErased: Bool)] {
        try await read(CorrectionStatements.clusters, [ArrayParameter(contacts)])
    }

    /// Also those that are undone or erased.
    mutating func corrections(_ ids: Set<CorrectionID>) async throws -> [Correction] {
        let nothing = IdentifierArrays([]).parameters + [ArrayParameter([Int64]())]
        let rows = try await read(CorrectionStatements.corrections, Parameters(nothing + [ArrayParameter(Array(ids))]))
        take(rows)
        return Dictionary(grouping: rows, by: \.correction.id).values.map { Correction($0) }
    }

    func evidence(_ ids: Set<EvidenceID>) async throws -> [StoredEvidence] {
        try await read(CorrectionStatements.evidenceByID, [ArrayParameter(Array(ids))])
    }

    /// The customers of identifiers and of primaries, and those that evidence would tie to them under `change`.
    mutating func load(
        _ identifiers: Set<Identifier>, primaries: Set<ContactID> = [], corrections ids: Set<CorrectionID> = [],
        under change: (CustomerGraph) -> CustomerGraph
    ) async throws -> CustomerGraph {
        var (identifiers, primaries) = (identifiers, primaries)
        while true {
            try await lookUp(identifiers)
            primaries.formUnion(identifiers.compactMap { owners[$0] }.filter { $0 > 0 })
            try await loadClusters(primaries.subtracting(self.primaries), and: identifiers, corrections: ids)
            let graph = change(try await graph())
            let here = Set(contacts.values.flatMap(\.owned))
            let reached = Set(graph.standingEvidence.flatMap(\.pair.ends)).subtracting(here)
            let changed = withholders.values.filter { graph.held(by: $0.written) != $0.held }
            primaries = Set(changed.map(\.primaryID))
            // Of what names nobody, the correction that says so.
            identifiers = reached.filter(mayBeElsewhere).union(Set(nobodys.keys).subtracting(explored))
            if identifiers.isEmpty && primaries.isEmpty { return graph }
        }
    }

    private func mayBeElsewhere(_ identifier: Identifier) -> Bool {
        !lookedUp.contains(identifier) || owners[identifier].map { $0 > 0 && !primaries.contains($0) } == true
    }

    private mutating func loadClusters(
        _ new: Set<ContactID>, and identifiers: Set<Identifier>, corrections ids: Set<CorrectionID>
    ) async throws {
        var identifiers = identifiers
        if !new.isEmpty {
            let parameter = ArrayParameter(Array(new))
            if locks { _ = try await read(CorrectionStatements.lock, [parameter]) }
            guard try await read(CorrectionStatements.halfErased, [parameter]).isEmpty else {
                throw CorrectionRefusal.doesNotApply("a customer is being erased")
            }
            for contact in try await read(CorrectionStatements.contacts, [parameter]) {
                contacts[contact.id] = contact
                evidence[contact.id] = nil
                withholders[contact.id] = nil
                identifiers.formUnion(contact.written.identifiers)
            }
            primaries.formUnion(new)
            guard contacts.count <= CorrectionRefusal.mostContacts else { throw CorrectionRefusal.tooLarge }
        }
        explored.formUnion(identifiers)
        let both = IdentifierArrays(identifiers).parameters
        let parameters = Parameters(both)
        for piece in try await read(CorrectionStatements.evidence, parameters) { evidence[piece.evidence.id] = piece }
        for holder in try await read(CorrectionStatements.withholders, parameters) where contacts[holder.id] == nil {
            withholders[holder.id] = holder
            if let pair = holder.written.pair { evidence[holder.id] = StoredEvidence(ofContact: holder.id, pair) }
        }
        let about = Array(evidence.keys) + contacts.values.filter { $0.written.pair != nil }.map(\.id)
        let rows = try await read(
            CorrectionStatements.corrections,
            Parameters(both + [ArrayParameter(about), ArrayParameter(Array(ids))]))
        take(rows)
    }

    private mutating func take(_ rows: [StoredCorrection]) {
        for (id, rows) in Dictionary(grouping: rows, by: \.correction.id) {
            if rows[0].isErased { emptied.insert(id) }
            if rows[0].isUndone { continue }
            let correction = Correction(rows)
            if rows[0].isErased { erased[id] = correction } else { corrections[id] = correction }
        }
    }

    func isErased(_ correction: CorrectionID) -> Bool { emptied.contains(correction) }

    private mutating func graph() async throws -> CustomerGraph {
        let owned = Set(contacts.values.flatMap(\.owned))
        let named =
            contacts.values.flatMap { $0.written.identifiers } + evidence.values.flatMap(\.evidence.pair.ends)
            + corrections.values.flatMap(\.apart).flatMap(\.ends)
        let missing = Set(named).subtracting(owned)
        try await lookUp(missing)
        return CustomerGraph(
            contacts: contacts.values.map(\.written), records: evidence.values.map(\.evidence),
            standing: Array(corrections.values), withdrawn: Set(erased.values.flatMap(\.evidence)),
            elsewhere: Set(missing.filter { owners[$0].map { $0 > 0 && !primaries.contains($0) } ?? false }))
    }

    /// Records of evidence whose mark is not what the graph says.
    func marks(under graph: CustomerGraph) -> (withdrawn: [EvidenceID], standing: [EvidenceID]) {
        let wrong = evidence.values.filter { $0.isRecord && $0.isWithdrawn == graph.stands($0.evidence) }
        return (wrong.filter { !$0.isWithdrawn }.map(\.evidence.id), wrong.filter(\.isWithdrawn).map(\.evidence.id))
    }

    private func read<Row>(_ query: Query<Row>, _ parameters: Parameters) async throws -> [Row] {
        var pipeline = Pipeline()
        let rows = pipeline.execute(query, parameters)
        return try await session.goOn(with: pipeline, before: deadline)[rows]
    }
}
