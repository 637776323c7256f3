public import Identity
internal import PostgreSQL

/// Correcting an identity. It happens in one SERIALIZABLE transaction, which reads inside of it whose the identifiers are,
/// what ties them and what is corrected already, derives the customers anew by the rules (`CustomerGraph`), and writes
/// whatever is stored otherwise. Nothing that was read before it counts.
extension ContactStore {
    /// - Returns: What came of it, or why nothing did. The same correction again is the one that stands.
    public func correct(
        _ request: CorrectionRequest, from origin: RequestOrigin
    ) async throws(StoreError) -> Reply<Result<Corrected, CorrectionRefusal>> {
        try await inTransaction(from: origin) { session, deadline in
            var loader = CustomerLoader(session, locking: !request.isDryRun, before: deadline)
            let (correction, identifiers) = try await loader.resolve(request.subject)
            let graph = try await loader.load(identifiers) { $0 }
            if let same = graph.standing.first(where: { $0.isRepeated(by: correction) }) {
                return Derivation(graph, loader, records: [same.id])
            }
            let corrected = graph.adding(correction)
            do {
                try corrected.checkParted(by: correction)
            } catch let error as CustomerGraph.StillConnected {
                throw CorrectionRefusal.stillConnected(error)
            }
            var derivation = Derivation(corrected, loader)
            derivation.new = (correction, request.note)
            derivation.isDryRun = request.isDryRun
            return derivation
        }
    }

    /// Takes corrections back, all of them at once. One that is undone already stays so.
    public func undo(
        _ corrections: Set<CorrectionID>, from origin: RequestOrigin
    ) async throws(StoreError) -> Reply<Result<Corrected, CorrectionRefusal>> {
        try await inTransaction(from: origin) { session, deadline in
            var loader = CustomerLoader(session, locking: true, before: deadline)
            let identifiers = try await loader.resolve(undoing: corrections)
            let graph = try await loader.load(identifiers, corrections: corrections) { $0.removing(corrections) }
            let violated = graph.violated()
            guard violated.isEmpty else { throw CorrectionRefusal.keptApart(violated.map(\.id).sorted()) }
            return Derivation(graph, loader, records: corrections.sorted(), undoing: corrections)
        }
    }

    /// Corrections behind one, in order of their ids.
    /// - Parameter contact: Where given, those alone that are about its customer.
    public func corrections(
        after correction: CorrectionID, of contact: ContactID?, limit: Int
    ) async throws(StoreError) -> Reply<[CorrectionRecord]> {
        try await retrying { attempt in
            var pipeline = Pipeline()
            let page = pipeline.execute(CorrectionStatements.page, [correction, Int64(limit), contact])
            return .done(CorrectionRecord.all(of: try await run(pipeline, before: attempt.deadline)[page]))
        }
    }

    /// Begins a transaction, derives the customers in it, writes what changed, and ends it.
    private func inTransaction(
        from origin: RequestOrigin, _ derive: (Session, Deadline) async throws -> Derivation
    ) async throws(StoreError) -> Reply<Result<Corrected, CorrectionRefusal>> {
        try await retrying { attempt in
            try await writers.withSession(before: attempt.deadline) { session in
                var pipeline = Pipeline()
                pipeline.execute(ContactStatements.begin)
                _ = try await session.run(pipeline, before: attempt.deadline)
                do {
                    let derivation = try await derive(session, attempt.deadline)
                    return .done(
                        .success(try await write(derivation, on: session, from: origin, before: attempt.deadline)))
                } catch let refusal as CorrectionRefusal {
                    pipeline = Pipeline()
                    pipeline.execute(ContactStatements.rollBack)
                    _ = try await session.goOn(with: pipeline, before: attempt.deadline)
                    return .done(.failure(refusal))
                }
            }
        }
    }

    private func write(
        _ derivation: Derivation, on session: Session, from origin: RequestOrigin, before deadline: Deadline
    ) async throws -> Corrected {
        let customers = derivation.graph.customers()
        var pipeline = Pipeline()
        if derivation.isDryRun {
            pipeline.execute(ContactStatements.rollBack)
            _ = try await session.goOn(with: pipeline, before: deadline)
            return Corrected(
                records: derivation.new.map { [CorrectionRecord(planned: $0.correction, note: $0.note, from: origin)] }
                    ?? [],
                customers: customers.map { CorrectedCustomer($0, ids: $0.contacts.map(\.id)) })
        }

        let made = customers.reduce(0) { $0 + $1.contacts.count { $0.id == nil } }
        let ids = pipeline.execute(ContactStatements.newIDs, [Int64(made)])
        let new = derivation.new.map { new in
            let (email, phone) = (new.correction.identifier?.email, new.correction.identifier?.phone)
            return pipeline.execute(
                CorrectionStatements.insertCorrection,
                [
                    new.correction.kind.rawValue, email?.text, phone?.text, phone?.key,
                    ArrayParameter(new.correction.evidence.sorted()), new.note, origin.client, origin.requestID,
                ])
        }
        let drawn = try await session.goOn(with: pipeline, before: deadline)
        let writer = CustomerWriter(
            customers, of: derivation.graph, before: derivation.loader.contacts, newIDs: try drawn[ids])
        var records = derivation.records

        pipeline = Pipeline()
        if let new, let correction = derivation.new?.correction {
            let id = try drawn[new][0]
            records = [id]
            if !correction.apart.isEmpty {
                let sides = correction.apart.flatMap { [($0.one, $0.other), ($0.other, $0.one)] }
                pipeline.execute(
                    CorrectionStatements.insertApart,
                    Parameters([id] + Identifier.columns(sides.map(\.0)) + Identifier.columns(sides.map(\.1))))
            }
        }
        if !derivation.undoing.isEmpty {
            let undone = ArrayParameter(derivation.undoing.sorted())
            pipeline.execute(CorrectionStatements.undo, [undone])
            pipeline.execute(CorrectionStatements.endApart, [undone])
        }
        if derivation.new != nil || !derivation.undoing.isEmpty {
            let nobodys = derivation.loader.nobodys
            let disowned = derivation.new?.correction.disowned
            writer.write(
                into: &pipeline, touching: Array(nobodys.values),
                ending: nobodys.filter { !derivation.graph.isDisowned($0.key) }.map(\.value),
                disowning: disowned.map { [$0] } ?? [], from: origin)
            let marks = derivation.loader.marks(under: derivation.graph)
            for (evidence, isWithdrawn) in [(marks.withdrawn, true), (marks.standing, false)] where !evidence.isEmpty {
                pipeline.execute(CorrectionStatements.withdraw, [ArrayParameter(evidence), isWithdrawn])
            }
        }
        let rows = pipeline.execute(CorrectionStatements.records, [ArrayParameter(records)])
        pipeline.execute(ContactStatements.commit)
        let answers = try await session.goOn(with: pipeline, before: deadline)
        return Corrected(
            records: CorrectionRecord.all(of: try answers[rows]),
            customers: writer.customers.map { CorrectedCustomer($0.customer, ids: $0.ids) })
    }
}

/// What a correction or an undo comes to, before it is written.
private struct Derivation {
    let graph: CustomerGraph
    let loader: CustomerLoader
    /// What is answered.
    let records: [CorrectionID]
    let undoing: Set<CorrectionID>
    /// What is to be recorded.
    var new: (correction: Correction, note: String?)?
    var isDryRun = false

    init(
        _ graph: CustomerGraph, _ loader: CustomerLoader, records: [CorrectionID] = [],
        undoing: Set<CorrectionID> = []
    ) {
        (self.graph, self.loader, self.records, self.undoing) = (graph, loader, records, undoing)
    }
}

// MARK: - Looking up what it is about

extension CustomerLoader {
    /// - Returns: The correction, without an id yet, and the identifiers whose customers it may change.
    fileprivate mutating func resolve(
        _ subject: CorrectionSubject
    ) async throws -> (correction: Correction, identifiers: Set<Identifier>) {
        switch subject {
        case .unlink(let pair, let evidence):
            if let pair { try await ensureOwned(pair.ends) }
            let listed = try await listedEvidence(evidence)
            let apart = pair.map { [$0] } ?? Array(Set(listed.map(\.pair)))
            return (
                Correction(id: 0, kind: .unlink, apart: apart, evidence: evidence),
                Set((apart + listed.map(\.pair)).flatMap(\.ends))
            )
        case .keepApart(let one, let other, let evidence):
            let listed = try await listedEvidence(evidence)
            let apart = try await pairs(between: one, and: other)
            return (
                Correction(id: 0, kind: .keepApart, apart: apart, evidence: evidence),
                Set((apart + listed.map(\.pair)).flatMap(\.ends))
            )
        case .disown(let identifier), .trust(let identifier):
            guard try await clusters(of: [identifier]).count == 1 else {
                throw CorrectionRefusal.unknown(identifier.field.rawValue)
            }
            let kind: Correction.Kind = if case .disown = subject { .disown } else { .trust }
            return (Correction(id: 0, kind: kind, identifier: identifier), [identifier])
        }
    }

    private mutating func ensureOwned(_ identifiers: [Identifier]) async throws {
        let owners = try await clusters(of: Set(identifiers))
        for identifier in identifiers where owners[identifier] ?? -1 < 0 {
            throw CorrectionRefusal.unknown(identifier.field.rawValue)
        }
    }

    private func listedEvidence(_ ids: Set<EvidenceID>) async throws -> [Evidence] {
        if ids.isEmpty { return [] }
        let listed = try await evidence(ids).map(\.evidence)
        guard listed.count == ids.count else { throw CorrectionRefusal.unknown("evidence") }
        return listed
    }

    /// What the one contact owns, with what the other does.
    private mutating func pairs(between one: ContactID, and other: ContactID) async throws -> [IdentifierPair] {
        guard one != other else { throw CorrectionRefusal.doesNotApply("the two contacts are one") }
        let known = try await clusters(ofContacts: [one, other])
        guard known.count == 2 else { throw CorrectionRefusal.unknown("contact") }
        guard known.allSatisfy({ !$0.isErased }) else { throw CorrectionRefusal.erased("contact") }
        _ = try await load([], primaries: Set(known.map(\.cluster))) { $0 }
        let owned = [one, other].map { contacts[$0]?.owned ?? [] }
        guard !owned.contains(where: \.isEmpty) else {
            throw CorrectionRefusal.doesNotApply("one of the contacts owns nothing")
        }
        return owned[0].flatMap { one in owned[1].map { IdentifierPair(one, $0) } }
    }

    /// - Returns: The identifiers whose customers undoing may join.
    fileprivate mutating func resolve(undoing ids: Set<CorrectionID>) async throws -> Set<Identifier> {
        let found = try await corrections(ids)
        guard found.count == ids.count else { throw CorrectionRefusal.unknown("correction") }
        guard found.allSatisfy({ !isErased($0.id) }) else { throw CorrectionRefusal.erased("correction") }
        let evidence = try await evidence(Set(found.flatMap(\.evidence))).map(\.evidence)
        return Set(
            found.flatMap { $0.apart.flatMap(\.ends) + ($0.identifier.map { [$0] } ?? []) }
                + evidence.flatMap(\.pair.ends))
    }
}

extension StoredContact {
    var owned: [Identifier] {
        (ownsEmail ? email.map { [Identifier.email($0)] } ?? [] : [])
            + (ownsPhone ? phone.map { [Identifier.phone($0)] } ?? [] : [])
    }
}

extension Identifier {
    /// As the columns e-mail, phone and phone key of arrays.
    fileprivate static func columns(_ identifiers: [Identifier]) -> [(any ParameterValue)?] {
        [
            ArrayParameter(identifiers.map(\.email?.text)), ArrayParameter(identifiers.map(\.phone?.text)),
            ArrayParameter(identifiers.map(\.phone?.key)),
        ]
    }
}

// MARK: - Telling of them

extension CorrectionRecord {
    fileprivate init(planned correction: Correction, note: String?, from origin: RequestOrigin) {
        self.init(
            correction: correction, hasID: false, at: nil, origin: origin, note: note, undoneAt: nil, isErased: false)
    }

    /// - Parameter rows: In order of the corrections, all of each.
    static func all(of rows: [CorrectionRow]) -> [CorrectionRecord] {
        var records: [CorrectionRecord] = []
        for rows in Dictionary(grouping: rows, by: \.stored.correction.id).values.sorted(by: {
            $0[0].stored.correction.id < $1[0].stored.correction.id
        }) {
            let first = rows[0]
            records.append(
                CorrectionRecord(
                    correction: Correction(rows.map(\.stored)), hasID: true, at: first.at, origin: first.origin,
                    note: first.note, undoneAt: first.undoneAt, isErased: first.stored.isErased))
        }
        return records
    }
}

extension CorrectedCustomer {
    fileprivate init(_ customer: CustomerGraph.Customer, ids: [ContactID?]) {
        let listed = zip(customer.contacts, ids).dropFirst().filter { $0.0.ownsEmail || $0.0.ownsPhone }
        self.init(
            primaryID: ids[0], secondaryIDs: listed.map(\.1),
            emails: customer.contacts.compactMap { $0.ownsEmail ? $0.email : nil },
            phones: customer.contacts.compactMap { $0.ownsPhone ? $0.phone : nil })
    }
}
