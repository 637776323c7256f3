public import ContactStore
public import Identity

/// `POST /erase`: forget a customer, by the id of any contact or by what identifies it.
struct Erase {
    let store: ContactStore
    let reader: RequestReader

    func respond(_ request: Request, _ context: inout RequestContext) async throws -> Response {
        let body = try RequestBody(of: request, keeping: ErasureSubject.names)
        let subject = try ErasureSubject(body, reader: await reader.identifiers(&context))
        switch try await context.value({ try await store.erase(subject) }) {
        case .erased(let contacts):
            context.primaries = Array(contacts.prefix(1))
            return .ok { $0.member("erasedContactIds", contacts) }
        case .unknown: throw Problem.unknownCustomer
        case .ambiguous: throw Problem.ambiguous
        case .tooLarge(let primary):
            context.primaries = [primary]
            throw Problem.tooLargeToErase(primary)
        }
    }
}

extension ErasureSubject {
    fileprivate static let names = ["contactId", "email", "phoneNumber"]

    /// - Parameter json: As the body of `POST /erase`.
    public init(json: [UInt8], reader: some IdentifierReading) throws(Problem) {
        try self.init(RequestBody(json, keeping: ErasureSubject.names), reader: reader)
    }

    /// All that is sent must be of the customer. So nothing is ignored: the rest might be another's.
    fileprivate init(_ body: RequestBody, reader: some IdentifierReading) throws(Problem) {
        let observed = try ObservedBody(body, reader: reader)
        guard observed.invalid.isEmpty && observed.nearMisses.isEmpty else { throw observed.refusal() }
        switch body.object["contactId"] {
        case nil, .null:
            self = .identifiers(try observed.observation())
        case .number(let text):
            guard let contact = ContactID(decimal: text) else { fallthrough }
            guard body.object.members.values.count(where: { $0 != .null }) == 1 else { throw .twoSubjects }
            self = .contact(contact)
        default:
            let reason = "must be a whole number without sign or exponent"
            throw .badRequest([FieldError(field: "contactId", reason: reason)], Problem.eraseExample)
        }
    }
}

extension Problem {
    fileprivate static let eraseExample = #"Send a JSON object such as {"contactId":11}."#

    fileprivate static let twoSubjects = badRequest(
        "contactId came together with identifiers. Send either contactId, or email and phoneNumber.")

    fileprivate static let unknownCustomer = Problem(
        status: 404, title: "Not Found",
        detail: "There is no such customer. Send an id, an e-mail or a phone number from an answer of this service.")

    fileprivate static let ambiguous = Problem(
        status: 409, title: "Conflict",
        detail: "email and phoneNumber belong to different customers. Send one of them, or a contactId.")

    fileprivate static func tooLargeToErase(_ primary: ContactID) -> Problem {
        Problem(
            type: "tag:identityd.invalid,2026:too-large-to-erase", status: 409, title: "Conflict",
            detail:
                "This customer has more than 10,000 contacts, or is being erased in pieces. Ask the operator to "
                + "run: identityd erase \(primary).",
            primaryIDs: [primary])
    }
}
