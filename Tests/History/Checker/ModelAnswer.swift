public import TestSupport

extension CustomerModel {
    /// What an operation calls by ids that are not the model's.
    public struct GivenIDs: Sendable {
        /// Of the contacts that it makes. By default they are the next.
        public var contacts: [ID] = []
        /// Of the correction that it makes.
        public var correction: ID?
        /// The evidence that it lists, by its number.
        public var evidence: [Int64: EvidenceID] = [:]

        public init() {}
    }

    /// What a service answers that is in this state, and is in another then. A dry run, too, leaves this one.
    /// - Parameter number: Of evidence that is no contact.
    public mutating func answer(
        _ call: Call, _ given: GivenIDs = GivenIDs(), number: (EvidenceID) -> Int64 = { _ in 0 }
    ) -> Answer {
        var answer = Answer(status: 200)
        switch call {
        case .identify(let email, let phone), .row(let email, let phone):
            let identification = identify(email, phone, newID: given.contacts.first)
            guard let customer = identification.customer else { return Answer(status: 422) }
            answer.contact = Answer.Contact(customer)
            let reasons = [("email", identification.emailLeftOut), ("phoneNumber", identification.phoneLeftOut)]
            let ignored = reasons.compactMap { field, reason in
                reason.map { Answer.Ignored(field: field, reason: $0.text) }
            }
            answer.ignored = ignored.isEmpty ? nil : ignored
        case .lookup(let email, let phone):
            let named = Identifier.all(email, phone)
            if named.allSatisfy(isDisowned) { return Answer(status: 422) }
            answer.contacts = lookUp(email, phone).map(Answer.Contact.init)
        case .contact(let id):
            switch status(of: id) {
            case .live(let customer, let rows):
                answer.contact = Answer.Contact(customer)
                answer.rows = rows.map { Answer.Row(id: $0, $1) }
                answer.evidence = evidence(of: id).map { Answer.Evidence($0, isWithdrawn: !stands($0), number) }
                answer.corrections = corrections(of: id).map { Answer.Correction($0, corrections[$0]!) }
            case .erased: answer.status = 410
            case .unknown: answer.status = 404
            }
        case .eraseContact(let id): answer.take(erase(id))
        case .erase(let email, let phone): answer.take(erase(email, phone))
        case .correct(let correction):
            guard let claim = claim(correction, given.evidence) else { return Answer(status: 400) }
            var next = self
            answer.take(next.correct(claim, newID: given.correction, newContacts: given.contacts), next)
            if correction.dryRun == true { answer.withhold(except: self) } else { self = next }
        case .undo(let ids):
            answer.take(undo(Set(ids), newContacts: given.contacts))
            if answer.status == 200 {
                answer.corrections = Set(ids).sorted().map { Answer.Correction($0, corrections[$0]!) }
            }
        case .changes:
            answer.changes = feed.joined().map(Answer.Change.init)
        }
        return answer
    }

    private func isDisowned(_ identifier: Identifier) -> Bool {
        corrections.values.contains { $0.stands && $0.kind == .disown && $0.identifier == identifier }
    }

    private func claim(_ correction: Call.Correction, _ numbers: [Int64: EvidenceID]) -> Claim? {
        let identifiers = Identifier.all(correction.email, correction.phoneNumber)
        let evidence = Set((correction.evidence ?? []).map { numbers[$0] ?? .contact($0) })
        switch (correction.kind, identifiers.count, correction.contactIds?.count) {
        case ("unlink", 2, nil): return .unlink(Pair(identifiers[0], identifiers[1]), evidence: evidence)
        case ("unlink", 0, nil): return .unlink(evidence: evidence)
        case ("keep-apart", 0, 2):
            return .keepApart(correction.contactIds![0], correction.contactIds![1], evidence: evidence)
        case ("disown", 1, nil): return .disown(identifiers[0])
        case ("trust", 1, nil): return .trust(identifiers[0])
        default: return nil
        }
    }
}

extension CustomerModel.Reason {
    var text: String {
        switch self {
        case .blocked: "blocked"
        case .keptApart: "kept-apart"
        case .clusterTooLarge: "cluster-too-large"
        }
    }
}

extension CustomerModel.Correction.Kind {
    fileprivate var text: String {
        switch self {
        case .unlink: "unlink"
        case .keepApart: "keep-apart"
        case .disown: "disown"
        case .trust: "trust"
        }
    }
}

extension Answer.Identifier {
    fileprivate init(_ identifier: CustomerModel.Identifier) {
        switch identifier {
        case .email(let text): self.init(email: text)
        case .phone(let text): self.init(phoneNumber: text)
        }
    }

    var identifier: CustomerModel.Identifier? { CustomerModel.Identifier.all(email, phoneNumber).first }
}

extension Answer.Evidence {
    fileprivate init(
        _ evidence: CustomerModel.Evidence, isWithdrawn: Bool, _ number: (CustomerModel.EvidenceID) -> Int64
    ) {
        let id = if case .contact(let id) = evidence.id { id } else { number(evidence.id) }
        let ends = evidence.pair.ends.map(Answer.Identifier.init)
        self.init(
            id: id, email: ends.compactMap(\.email).first, phoneNumber: ends.compactMap(\.phoneNumber).first,
            withdrawn: isWithdrawn)
    }
}

extension Answer.Correction {
    fileprivate init(_ id: Int64, _ correction: CustomerModel.Correction) {
        let identifier = correction.identifier.map(Answer.Identifier.init)
        let apart = correction.apart.sorted().map { pair in
            Answer.Pair(one: Answer.Identifier(pair.ends[0]), other: Answer.Identifier(pair.ends[1]))
        }
        self.init(
            id: id, kind: correction.kind.text, email: identifier?.email, phoneNumber: identifier?.phoneNumber,
            apart: apart, undoneAt: correction.isUndone ? "" : nil, erased: correction.isErased)
    }
}

extension Answer {
    fileprivate mutating func take(_ erasure: CustomerModel.Erasure) {
        switch erasure {
        case .erased(let ids): erasedContactIds = ids
        case .unknown: status = 404
        case .ambiguous, .tooLarge: status = 409
        }
    }

    fileprivate mutating func take(_ verdict: CustomerModel.Verdict, _ state: CustomerModel) {
        switch verdict {
        case .done(let id, let customers):
            correction = Correction(id, state.corrections[id]!)
            contacts = customers.map(Contact.init)
        case .unknown: status = 404
        case .erased: status = 410
        case .doesNotApply: refuse("does-not-apply")
        case .stillConnected: refuse("still-connected")
        case .tooLarge: refuse("too-large-to-correct")
        }
    }

    fileprivate mutating func take(_ undoing: CustomerModel.Undoing) {
        switch undoing {
        case .done(let customers): contacts = customers.map(Contact.init)
        case .unknown: status = 404
        case .erased: status = 410
        case .keptApart: refuse("kept-apart")
        case .tooLarge: refuse("too-large-to-correct")
        }
    }

    private mutating func refuse(_ reason: String) {
        (status, type) = (409, "tag:identityd.invalid,2026:\(reason)")
    }

    /// What a dry run would make has no id: 0.
    fileprivate mutating func withhold(except state: CustomerModel) {
        func id(_ contact: Int64) -> Int64 { state.contacts[contact] == nil ? 0 : contact }
        contacts = contacts?.map { contact in
            var contact = contact
            contact.primaryContactId = id(contact.primaryContactId)
            contact.secondaryContactIds = contact.secondaryContactIds.map(id)
            return contact
        }
        if let made = correction?.id, state.corrections[made] == nil { correction?.id = 0 }
    }
}
