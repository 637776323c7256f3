import TestSupport

/// What answers show of ids: it says which operation made what has one.
struct Shown {
    /// All contacts that are named, ascending.
    let ids: [Int64]
    /// What they were seen to hold; of contacts that are evidence, all.
    private var contacts: [Int64: (email: String?, phone: String?)] = [:]
    private(set) var pairs: [Int64: CustomerModel.Pair] = [:]
    /// The evidence with these ends that is no contact.
    private(set) var records: [CustomerModel.Pair: Int] = [:]
    private(set) var corrections: [Int64: Answer.Correction] = [:]

    init(_ component: Component) {
        ids = component.ids
        for answer in component.operations.compactMap(\.answer) {
            for row in answer.rows ?? [] { note(row.id, row.email, row.phoneNumber) }
            for evidence in answer.evidence ?? [] {
                guard let email = evidence.email, let phone = evidence.phoneNumber else { continue }
                pairs[evidence.id] = CustomerModel.Pair(.email(email), .phone(phone))
                if ids.contains(evidence.id) { note(evidence.id, email, phone) }
            }
            for correction in [answer.correction].compactMap(\.self) + (answer.corrections ?? [])
            where correction.id > 0 && !correction.erased {
                corrections[correction.id] = correction
            }
        }
        for (id, pair) in pairs where !ids.contains(id) { records[pair, default: 0] += 1 }
    }

    private mutating func note(_ id: Int64, _ email: String?, _ phone: String?) {
        let before = contacts[id]
        contacts[id] = (before?.email ?? email, before?.phone ?? phone)
    }

    /// Whether a contact may have this id.
    func allows(_ contact: CustomerModel.Contact, as id: Int64) -> Bool {
        guard let shown = contacts[id] else { return true }
        return (shown.email == nil || shown.email == contact.email)
            && (shown.phone == nil || shown.phone == contact.phone)
    }

    /// Whether a correction may have its id.
    func allows(_ correction: Answer.Correction) -> Bool {
        corrections[correction.id].map { $0.content == correction.content } ?? true
    }
}

extension Answer.Correction {
    /// What it says; in which order it does, and when it was undone, does not matter.
    var content: Answer.Correction {
        var content = self
        func text(_ identifier: Answer.Identifier) -> String { identifier.identifier?.text ?? "" }
        content.apart = apart.map {
            text($0.one) < text($0.other) ? $0 : Answer.Pair(one: $0.other, other: $0.one)
        }.sorted { (text($0.one), text($0.other)) < (text($1.one), text($1.other)) }
        content.undoneAt = nil
        return content
    }
}
