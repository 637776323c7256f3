import ContactStore
import Identity
import TestSupport

/// What is asked of the store.
enum Request: Sendable {
    case identify(String?, String?)
    case erase(String?, String?)
    /// By the id of the contact that introduced this e-mail.
    case eraseContact(of: String)
    case importing([(String?, String?)])
    case unlink(String, String)
    /// The contacts that introduced these e-mails.
    case keepApart(String, String)
    case disown(String?, String?)
    /// Those of the scenario's corrections, by their number.
    case undo([Int])

    var isImport: Bool { if case .importing = self { true } else { false } }

    var isObservation: Bool { if case .identify = self { true } else { false } }

    var isErasure: Bool {
        switch self {
        case .erase, .eraseContact: true
        case .identify, .importing, .unlink, .keepApart, .disown, .undo: false
        }
    }

    var isCorrection: Bool {
        switch self {
        case .unlink, .keepApart, .disown, .undo: true
        case .identify, .importing, .erase, .eraseContact: false
        }
    }

    /// The e-mails by which it means contacts.
    var contacts: [String] {
        switch self {
        case .eraseContact(let email): [email]
        case .keepApart(let one, let other): [one, other]
        default: []
        }
    }
}

/// What a request calls by an id, in the database or in the model.
struct Names: Sendable {
    /// By the e-mails that they introduced.
    var contacts: [String: ContactID] = [:]
    /// In the scenario's order.
    var corrections: [CorrectionID] = []
}

/// What of an observation did not take part.
typealias Exclusions = [IdentifierField: CustomerModel.Reason]

/// What a request answered.
enum Answer: Sendable {
    case identified(Identified)
    case erased
    /// What each row left out.
    case imported([Exclusions])
    /// The customers that come of it.
    case corrected(Set<Set<String>>)
    case refused(Refusal)
    /// What a caller must not see.
    case failure(String)

    struct Identified: Sendable {
        /// `nil` where nothing takes part.
        let primary: ContactID?
        let customer: Set<String>
        let leftOut: Exclusions
        let lacksEvidence: Bool
    }

    enum Refusal: Error {
        case unknown
        case erased
        case ambiguous
        case doesNotApply
        case stillConnected
        case keptApart
    }
}

// MARK: - Asking the store

extension TestStore {
    func carryOut(_ request: Request, _ names: Names) throws -> Answer {
        do {
            switch request {
            case .identify(let email, let phone):
                return Answer(try identify(email, phone))
            case .erase(let email, let phone):
                return Answer(try erase(email, phone))
            case .eraseContact(let email):
                return Answer(try erase(.contact(names.contacts[email]!)))
            case .unlink(let email, let phone):
                let pair = IdentifierPair(.email(Email(stored: email)), .phone(Phone(stored: phone, key: phone)))
                return Answer(try correct(.unlink(pair, evidence: [])))
            case .keepApart(let one, let other):
                return Answer(
                    try correct(.keepApart(names.contacts[one]!, names.contacts[other]!, evidence: [])))
            case .disown(let email, let phone):
                return Answer(try correct(.disown(try Observation(email, phone).first)))
            case .undo(let numbers):
                return Answer(try undo(Set(numbers.map { names.corrections[$0] })))
            case .importing:
                preconditionFailure("a batch store imports")
            }
        } catch let refusal as CorrectionRefusal {
            return Answer(refusal)
        }
    }
}

extension Answer {
    fileprivate init(_ identification: Identification) {
        let cluster = identification.cluster
        let emails = cluster?.emails.map { "email \($0.text)" } ?? []
        self = .identified(
            Identified(
                primary: cluster?.primaryID, customer: Set(emails + (cluster?.phones.map { "phone \($0.key)" } ?? [])),
                leftOut: Exclusions(uniqueKeysWithValues: identification.leftOut.map { ($0.field, .init($0.reason)) }),
                lacksEvidence: identification.lacksEvidence))
    }

    fileprivate init(_ erasure: Erasure) {
        switch erasure {
        case .erased: self = .erased
        case .unknown: self = .refused(.unknown)
        case .ambiguous: self = .refused(.ambiguous)
        case .tooLarge: self = .failure("\(erasure)")
        }
    }

    fileprivate init(_ corrected: Corrected) {
        let customers = corrected.customers.map { customer in
            Set(customer.emails.map { "email \($0.text)" } + customer.phones.map { "phone \($0.key)" })
        }
        self = .corrected(Set(customers).subtracting([[]]))
    }

    fileprivate init(_ refusal: CorrectionRefusal) {
        switch refusal {
        case .unknown: self = .refused(.unknown)
        case .erased: self = .refused(.erased)
        case .stillConnected: self = .refused(.stillConnected)
        case .keptApart: self = .refused(.keptApart)
        case .doesNotApply: self = .refused(.doesNotApply)
        case .tooLarge: self = .failure("\(refusal)")
        }
    }

    init(_ plan: BatchPlan, of rows: Int) {
        var leftOut = [Exclusions](repeating: [:], count: rows)
        for part in plan.leftOut { leftOut[part.row][part.field!] = .init(part.reason) }
        self = .imported(leftOut)
    }
}

extension CustomerModel.Reason {
    fileprivate init(_ exclusion: Exclusion) {
        switch exclusion {
        case .blocked: self = .blocked
        case .keptApart: self = .keptApart
        case .clusterTooLarge: self = .clusterTooLarge
        }
    }
}

extension Observation {
    /// Its e-mail, or else its phone.
    fileprivate var first: Identifier { email.map(Identifier.email) ?? .phone(phone!) }
}
