import TestSupport

/// An operation as the search sees it: when it can have taken effect, what it would do, and what its answer says of the
/// state that it met.
struct Step {
    enum Effect {
        case identify(email: String?, phone: String?)
        case eraseContact(Int64)
        case erase(email: String?, phone: String?)
    }

    enum Claim {
        /// All of it is known, of one customer.
        case known(email: String?, phone: String?)
        case identified(CustomerModel.Customer, email: String?, phone: String?)
        case found([CustomerModel.Customer], email: String?, phone: String?)
        case status(CustomerModel.Status, of: Int64)
        /// These contacts were a customer when they were erased.
        case erased([Int64])
        /// An erasure's 404 or 409.
        case namesNobody(CustomerModel.Erasure, email: String?, phone: String?)
        /// There have been these merges; `isAll`: and no others of these customers.
        case merges(Set<CustomerModel.Merge>, isAll: Bool)
    }

    let called: Int64
    /// The largest number where it was not answered.
    let answered: Int64
    let effect: Effect?
    let claim: Claim?
    /// Contacts that it makes have ids above this: that of the newest contact that was answered before it was sent.
    let idFloor: Int64
    /// Of an import.
    let isRow: Bool

    /// `nil` where it says nothing and does nothing.
    /// - Throws: `Misanswered`, where no state at all has such an answer.
    init?(_ operation: Entry, idFloor: Int64) throws(Misanswered) {
        self.idFloor = idFloor
        called = operation.called
        answered = operation.answered ?? .max
        let (email, phone) = operation.identifiers
        switch operation.call {
        case .identify, .row: effect = .identify(email: email, phone: phone)
        case .eraseContact(let id): effect = .eraseContact(id)
        case .erase: effect = .erase(email: email, phone: phone)
        case .lookup, .contact, .changes, .correct, .undo: effect = nil
        }
        isRow = if case .row = operation.call { true } else { false }
        claim = operation.answered == nil ? nil : try Claim(operation)
        if effect == nil && claim == nil { return nil }
    }

    /// Of the part of the feed that is about one component.
    init(_ page: Entry, merges: Set<CustomerModel.Merge>, isAll: Bool) {
        (called, answered, effect, idFloor, isRow) = (page.called, page.answered!, nil, 0, false)
        claim = .merges(merges, isAll: isAll)
    }

    var isUnanswered: Bool { answered == .max }

    var isErasure: Bool {
        switch effect {
        case .erase, .eraseContact: true
        case .identify, nil: false
        }
    }
}

/// An answer that the operation can't have in any state.
struct Misanswered: Error {}

extension Step.Claim {
    fileprivate init(_ operation: Entry) throws(Misanswered) {
        let (email, phone) = operation.identifiers
        if case .row = operation.call {
            self = .known(email: email, phone: phone)
            return
        }
        guard let answer = operation.answer else { throw Misanswered() }
        switch (operation.call, answer.status) {
        case (.identify, 200):
            // No customer of a history comes near MAX_CLUSTER_SIZE: nothing may be left out.
            guard let customer = answer.contact?.customer, customer.emails.includes(email),
                customer.phones.includes(phone)
            else { throw Misanswered() }
            self = .identified(customer, email: email, phone: phone)
        case (.lookup, 200):
            self = .found((answer.contacts ?? []).map(\.customer), email: email, phone: phone)
        case (.contact(let id), 200):
            guard let customer = answer.contact?.customer else { throw Misanswered() }
            let rows = (answer.rows ?? []).map { row in
                let contact = CustomerModel.Contact(
                    email: row.email, phone: row.phoneNumber, primary: row.linkedId ?? row.id)
                return (row.id, contact)
            }
            self = .status(.live(customer, rows: Dictionary(rows) { first, _ in first }), of: id)
        case (.contact(let id), 410): self = .status(.erased, of: id)
        case (.contact(let id), 404): self = .status(.unknown, of: id)
        case (.erase, 200): self = .erased(answer.erasedContactIds ?? [])
        case (.eraseContact(let id), 200):
            guard let ids = answer.erasedContactIds, ids.contains(id) else { throw Misanswered() }
            self = .erased(ids)
        case (.erase, 404): self = .namesNobody(.unknown, email: email, phone: phone)
        case (.erase, 409): self = .namesNobody(.ambiguous, email: email, phone: phone)
        default: throw Misanswered()
        }
    }
}

extension [String] {
    fileprivate func includes(_ identifier: String?) -> Bool { identifier.map(contains) ?? true }
}
