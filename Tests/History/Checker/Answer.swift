public import Foundation
public import TestSupport

/// A status, and the members of a body that say something about customers.
public struct Answer: Codable, Hashable, Sendable {
    public var status: Int
    public var contact: Contact?
    public var contacts: [Contact]?
    public var rows: [Row]?
    public var changes: [Change]?
    public var next: String?
    public var erasedContactIds: [Int64]?
    /// What was left out.
    public var ignored: [Ignored]?
    public var evidence: [Evidence]?
    public var correction: Correction?
    public var corrections: [Correction]?
    /// Of a conflict.
    public var type: String?
    public var cut: [Int64]?

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
        public var fromContactId: Int64?
        public var contactIds: [Int64]?

        /// Its number is of no interest.
        public init(_ change: CustomerModel.Change) {
            id = 0
            switch change {
            case .merged(let merge):
                (kind, primaryContactId, absorbedContactId) = ("merged", merge.primary, merge.absorbed)
            case .parted(let primary, let from, let contacts):
                (kind, primaryContactId, fromContactId, contactIds) = ("parted", primary, from, contacts)
            case .erased(let contacts):
                (kind, contactIds) = ("erased", contacts)
            }
        }

        /// `nil` where it is none of these.
        var change: CustomerModel.Change? {
            switch (kind, primaryContactId, absorbedContactId, fromContactId) {
            case ("merged", let primary?, let absorbed?, _):
                .merged(CustomerModel.Merge(primary: primary, absorbed: absorbed))
            case ("parted", let primary?, _, let from?):
                .parted(primary: primary, from: from, contacts: (contactIds ?? []).sorted())
            case ("erased", _, _, _): contactIds.flatMap { $0.isEmpty ? nil : .erased($0.sorted()) }
            default: nil
            }
        }
    }

    public struct Ignored: Codable, Hashable, Sendable {
        public var field: String
        public var reason: String

        public init(field: String, reason: String) {
            (self.field, self.reason) = (field, reason)
        }
    }

    public struct Evidence: Codable, Hashable, Sendable {
        public var id: Int64
        public var email: String?
        public var phoneNumber: String?
        public var withdrawn: Bool

        public init(id: Int64, email: String? = nil, phoneNumber: String? = nil, withdrawn: Bool) {
            (self.id, self.email, self.phoneNumber, self.withdrawn) = (id, email, phoneNumber, withdrawn)
        }
    }

    public struct Correction: Codable, Hashable, Sendable {
        /// 0 where it has none yet.
        public var id: Int64
        public var kind: String
        public var email: String?
        public var phoneNumber: String?
        public var apart: [Pair]
        public var undoneAt: String?
        public var erased: Bool

        public init(
            id: Int64, kind: String, email: String? = nil, phoneNumber: String? = nil, apart: [Pair],
            undoneAt: String? = nil, erased: Bool
        ) {
            (self.id, self.kind, self.email, self.phoneNumber) = (id, kind, email, phoneNumber)
            (self.apart, self.undoneAt, self.erased) = (apart, undoneAt, erased)
        }
    }

    public struct Pair: Codable, Hashable, Sendable {
        public var one: Identifier
        public var other: Identifier

        public init(one: Identifier, other: Identifier) {
            (self.one, self.other) = (one, other)
        }
    }

    public struct Identifier: Codable, Hashable, Sendable {
        public var email: String?
        public var phoneNumber: String?

        public init(email: String? = nil, phoneNumber: String? = nil) {
            (self.email, self.phoneNumber) = (email, phoneNumber)
        }
    }

    public init(status: Int) {
        self.status = status
    }

    /// - Parameter body: As the service sends it.
    public init(status: Int, body: Data) throws {
        if status < 300 {
            self = try JSONDecoder().decode(Answer.self, from: body)
            self.status = status
        } else {
            let problem = try? JSONDecoder().decode(Problem.self, from: body)
            self.init(status: status)
            (type, cut) = (problem?.type, problem?.cut)
        }
    }

    private struct Problem: Decodable {
        var type: String?
        var cut: [Int64]?
    }
}

// MARK: - Reading

extension Answer {
    public init(from decoder: any Decoder) throws {
        let members = try decoder.container(keyedBy: CodingKeys.self)
        status = try members.decodeIfPresent(Int.self, forKey: .status) ?? 200
        contact = try members.decodeIfPresent(Contact.self, forKey: .contact)
        contacts = try members.decodeIfPresent([Contact].self, forKey: .contacts)
        rows = try members.decodeIfPresent([Row].self, forKey: .rows)
        changes = try members.decodeIfPresent([Change].self, forKey: .changes)
        next = try members.decodeIfPresent(String.self, forKey: .next)
        erasedContactIds = try members.decodeIfPresent([Int64].self, forKey: .erasedContactIds)
        ignored = try members.decodeIfPresent([Ignored].self, forKey: .ignored)
        evidence = try members.decodeIfPresent([Evidence].self, forKey: .evidence)
        correction = try members.decodeIfPresent(Correction.self, forKey: .correction)
        corrections = try members.decodeIfPresent([Correction].self, forKey: .corrections)
        type = try members.decodeIfPresent(String.self, forKey: .type)
        cut = try members.decodeIfPresent([Int64].self, forKey: .cut)
    }
}

extension Answer.Contact {
    /// What a dry run does not make yet has no id: 0.
    public init(from decoder: any Decoder) throws {
        let members = try decoder.container(keyedBy: CodingKeys.self)
        primaryContactId = try members.decodeIfPresent(Int64.self, forKey: .primaryContactId) ?? 0
        emails = try members.decode([String].self, forKey: .emails)
        phoneNumbers = try members.decode([String].self, forKey: .phoneNumbers)
        secondaryContactIds = try members.decode([Int64?].self, forKey: .secondaryContactIds).map { $0 ?? 0 }
    }
}

extension Answer.Correction {
    public init(from decoder: any Decoder) throws {
        let members = try decoder.container(keyedBy: CodingKeys.self)
        id = try members.decodeIfPresent(Int64.self, forKey: .id) ?? 0
        kind = try members.decode(String.self, forKey: .kind)
        email = try members.decodeIfPresent(String.self, forKey: .email)
        phoneNumber = try members.decodeIfPresent(String.self, forKey: .phoneNumber)
        apart = try members.decode([Answer.Pair].self, forKey: .apart)
        undoneAt = try members.decodeIfPresent(String.self, forKey: .undoneAt)
        erased = try members.decode(Bool.self, forKey: .erased)
    }
}
