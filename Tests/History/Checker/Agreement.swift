import TestSupport

// Whether a service said what the model says.

extension CustomerModel {
    func rest(of observed: (email: String?, phone: String?)) -> (email: String?, phone: String?) {
        let leftOut = leftOut(observed.email, observed.phone)
        return (leftOut.email == nil ? observed.email : nil, leftOut.phone == nil ? observed.phone : nil)
    }
}

extension Answer {
    func rest(of observed: (email: String?, phone: String?)) -> (email: String?, phone: String?) {
        if status == 422 { return (nil, nil) }
        let leftOut = Set((ignored ?? []).map(\.field))
        return (
            leftOut.contains("email") ? nil : observed.email, leftOut.contains("phoneNumber") ? nil : observed.phone
        )
    }

    /// Without what the model does not say, and in one order.
    fileprivate func said(in state: CustomerModel) -> Answer {
        var answer = self
        (answer.ignored, answer.cut, answer.next) = (nil, nil, nil)
        answer.rows?.sort { $0.id < $1.id }
        answer.evidence = evidence?.map { evidence in
            var evidence = evidence
            if state.contacts[evidence.id] == nil { evidence.id = 0 }
            return evidence
        }.sorted { $0.order < $1.order }
        func said(_ correction: Correction) -> Correction {
            var said = correction.content
            said.undoneAt = correction.undoneAt.map { _ in "" }
            return said
        }
        answer.correction = correction.map(said)
        answer.corrections = corrections?.map(said).sorted { $0.id < $1.id }
        return answer
    }
}

extension Entry {
    /// Whether its answer is the model's, in the state behind it.
    func isAnswered(_ said: Answer, in state: CustomerModel) -> Bool {
        guard answered != nil, let answer, answer.status == said.status else { return false }
        var (found, expected) = (answer.said(in: state), said.said(in: state))
        if !corrects || answer.status != 409 { (found.type, expected.type) = (nil, nil) }
        guard corrects, let customers = found.contacts, let named = expected.contacts else { return found == expected }
        // Others may be answered besides, if that is how they are.
        (found.contacts, expected.contacts) = (nil, nil)
        return found == expected && customers == customers.sorted { $0.order < $1.order }
            && Set(customers).isSuperset(of: named)
            && Set(customers).subtracting(named).allSatisfy { state.customer(of: $0.primaryContactId) == $0.customer }
    }
}

extension Answer.Evidence {
    fileprivate var order: String { "\(id) \(email ?? "") \(phoneNumber ?? "") \(withdrawn)" }
}

extension Answer.Contact {
    /// The older first; those of a dry run that have no id yet are the youngest.
    fileprivate var order: Int64 { primaryContactId == 0 ? .max : primaryContactId }
}
