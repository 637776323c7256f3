public import Foundation
public import TestSupport

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
    /// - isSettled: no transaction was running, and no client calling.
    case changes(after: String?, isSettled: Bool)
}

/// A status, and the members of a body that say something about customers.
public struct Answer: Codable, Hashable, Sendable {
    public var status: Int
    public var contact: Contact?
    public var contacts: [Contact]?
    public var rows: [Row]?
    public var changes: [Change]?
    public var next: String?
    public var erasedContactIds: [Int64]?

    public struct Contact: Codable, Hashable, Sendable {
        public var primaryContactId: Int64
        public var emails: [String]
        public var phoneNumbers: [String]
        public var secondaryContactIds: [Int64]

        public init(_ customer: CustomerModel.Customer) {
            (primaryContactId, secondaryContactIds) = (customer.primary, customer.secondaries)
            (emails, phoneNumbers) = (customer.emails, customer.phones)
        }

        var customer: CustomerModel.Customer {
            CustomerModel.Customer(
                primary: primaryContactId, emails: emails, phones: phoneNumbers, secondaries: secondaryContactIds)
        }
    }

    public struct Row: Codable, Hashable, Sendable {
        public var id: Int64
        public var email: String?
        public var phoneNumber: String?
        public var linkedId: Int64?

        public init(id: Int64, _ contact: CustomerModel.Contact) {
            (self.id, email, phoneNumber) = (id, contact.email, contact.phone)
            linkedId = contact.primary == id ? nil : contact.primary
        }
    }

    public struct Change: Codable, Hashable, Sendable {
        public var id: Int64
        public var kind: String
        public var primaryContactId: Int64?
        public var absorbedContactId: Int64?
        public var contactIds: [Int64]?

        /// Its number is of no interest.
        public init(_ merge: CustomerModel.Merge) {
            (id, kind, primaryContactId, absorbedContactId) = (0, "merged", merge.primary, merge.absorbed)
        }

        /// `nil` where it tells of something else.
        var merge: CustomerModel.Merge? {
            guard kind == "merged", let primaryContactId, let absorbedContactId else { return nil }
            return CustomerModel.Merge(primary: primaryContactId, absorbed: absorbedContactId)
        }
    }

    public init(status: Int) {
        self.status = status
    }

    /// - Parameter body: As the service sends it.
    public init(status: Int, body: Data) throws {
        self = status < 300 ? try JSONDecoder().decode(Answer.self, from: body) : Answer(status: status)
        self.status = status
    }

    public init(from decoder: any Decoder) throws {
        let members = try decoder.container(keyedBy: CodingKeys.self)
        status = try members.decodeIfPresent(Int.self, forKey: .status) ?? 200
        contact = try members.decodeIfPresent(Contact.self, forKey: .contact)
        contacts = try members.decodeIfPresent([Contact].self, forKey: .contacts)
        rows = try members.decodeIfPresent([Row].self, forKey: .rows)
        changes = try members.decodeIfPresent([Change].self, forKey: .changes)
        next = try members.decodeIfPresent(String.self, forKey: .next)
        erasedContactIds = try members.decodeIfPresent([Int64].self, forKey: .erasedContactIds)
    }
}

extension Entry {
    var identifiers: (email: String?, phone: String?) {
        switch call {
        case .identify(let email, let phone), .lookup(let email, let phone), .erase(let email, let phone),
            .row(let email, let phone):
            (email, phone)
        case .contact, .eraseContact, .changes: (nil, nil)
        }
    }

    /// Whether it changes something; then it may also have done so where it was not answered.
    var mayChange: Bool {
        switch call {
        case .identify, .row, .erase, .eraseContact: true
        case .lookup, .contact, .changes: false
        }
    }

    /// The customers in its answer.
    var customers: [CustomerModel.Customer] {
        ((answer?.contact.map { [$0] } ?? []) + (answer?.contacts ?? [])).map(\.customer)
    }

    /// The contacts that it is about, as far as call and answer say so.
    var contactIDs: [Int64] {
        var ids = customers.flatMap(\.ids) + (answer?.erasedContactIds ?? [])
        switch call {
        case .contact(let id), .eraseContact(let id): ids.append(id)
        case .identify, .lookup, .erase, .row, .changes: break
        }
        return ids
    }

    /// As if its answer had never come.
    var unanswered: Entry {
        Entry(client: client, call: call, called: called)
    }
}
