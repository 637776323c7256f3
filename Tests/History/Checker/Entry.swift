import TestSupport

/// One call of a client and what came back: a line of a history.
public struct Entry: Codable, Hashable, Sendable {
    public var client: String
    public var call: Call
    /// When it was sent, in nanoseconds of a monotonic clock.
    public var called: Int64
    /// When its answer was there. `nil` where none came that says what was done: it may have happened, then or later.
    public var answered: Int64?
    public var answer: Answer?

    public init(client: String, call: Call, called: Int64, answered: Int64? = nil, answer: Answer? = nil) {
        (self.client, self.call, self.called, self.answered, self.answer) = (client, call, called, answered, answer)
    }
}

public enum Call: Codable, Hashable, Sendable {
    case identify(email: String?, phoneNumber: String?)
    case lookup(email: String?, phoneNumber: String?)
    case contact(id: Int64)
    case eraseContact(id: Int64)
    case erase(email: String?, phoneNumber: String?)
    /// A row of an import, answered when the import had ended and taken all its rows. It has no answer of its own.
    case row(email: String?, phoneNumber: String?)
    case correct(Correction)
    case undo(ids: [Int64])
    /// - isSettled: no transaction was running, and no client calling.
    case changes(after: String?, isSettled: Bool)

    /// As it is sent.
    public struct Correction: Codable, Hashable, Sendable {
        public var kind: String
        public var email: String?
        public var phoneNumber: String?
        public var evidence: [Int64]?
        public var contactIds: [Int64]?
        public var dryRun: Bool?

        public init(kind: String, email: String? = nil, phoneNumber: String? = nil) {
            (self.kind, self.email, self.phoneNumber) = (kind, email, phoneNumber)
        }
    }
}

extension Entry {
    var identifiers: (email: String?, phone: String?) {
        switch call {
        case .identify(let email, let phone), .lookup(let email, let phone), .erase(let email, let phone),
            .row(let email, let phone):
            (email, phone)
        case .correct(let correction): (correction.email, correction.phoneNumber)
        case .contact, .eraseContact, .undo, .changes: (nil, nil)
        }
    }

    /// Whether it is a correction, or an undo.
    var corrects: Bool {
        switch call {
        case .correct, .undo: true
        case .identify, .lookup, .contact, .eraseContact, .erase, .row, .changes: false
        }
    }

    /// The customers in its answer.
    var customers: [CustomerModel.Customer] {
        ((answer?.contact.map { [$0] } ?? []) + (answer?.contacts ?? [])).map(\.customer)
    }

    /// The contacts that it is about, as far as call and answer say so.
    public var contactIDs: [Int64] {
        var ids = customers.flatMap(\.ids) + (answer?.erasedContactIds ?? []) + (answer?.rows ?? []).map(\.id)
        switch call {
        case .contact(let id), .eraseContact(let id): ids.append(id)
        case .correct(let correction): ids += correction.contactIds ?? []
        case .identify, .lookup, .erase, .row, .undo, .changes: break
        }
        return ids.filter { $0 > 0 }
    }

    /// The corrections that it is about or shows.
    public var correctionIDs: [Int64] {
        var ids = ((answer?.correction.map { [$0] } ?? []) + (answer?.corrections ?? [])).map(\.id)
        if case .undo(let undone) = call { ids += undone }
        return ids.filter { $0 > 0 }
    }

    /// The evidence that it names or shows; of a contact that is evidence, the contact's id.
    public var evidenceIDs: [Int64] {
        let shown = (answer?.evidence ?? []).map(\.id)
        if case .correct(let correction) = call { return shown + (correction.evidence ?? []) }
        return shown
    }

    /// As if its answer had never come.
    var unanswered: Entry {
        Entry(client: client, call: call, called: called)
    }
}
