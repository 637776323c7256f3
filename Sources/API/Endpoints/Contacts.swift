internal import ContactStore
internal import Identity
internal import Settings

/// `GET /contacts/{id}`: which customer does an id that was answered belong to now?
struct Contacts {
    let store: ContactStore
    let settings: Settings

    func respond(_ request: Request, _ context: inout RequestContext) async throws -> Response {
        guard let contact = ContactID(decimal: request.path.lastSegment) else { throw Problem.unknownContact }
        let page = try request.page(Contacts.example)
        let (status, age) = try await context.value { try await store.status(of: contact, evidence: page) }
        switch status {
        case .live(let history):
            let primary = history.cluster.primaryID
            context.primaries = [primary]
            var response = Response.ok {
                $0.history(history, idKeys: settings.primaryIDKeys, origins: context.seesOrigins)
            }
            response.mark(age: age)
            // RFC 8288; RFC 6596: an id that another customer's contact took over.
            if contact != primary { response.headers.append(("Link", "</contacts/\(primary)>; rel=\"canonical\"")) }
            return response
        case .erased: throw Problem.erasedContact
        case .unknown: throw Problem.unknownContact
        }
    }

    private static let example =
        "Send GET /contacts/11, then GET /contacts/11?after=ID&limit=100 with the id of the last evidence that was answered."
}

extension JSONWriter {
    fileprivate mutating func history(_ history: History, idKeys: PrimaryIDKeys, origins: Bool) {
        member("contact") { $0.cluster(history.cluster, idKeys: idKeys) }
        let listed = Dictionary(
            history.cluster.phones.map { ($0.key, $0.text) }, uniquingKeysWith: { first, _ in first })
        array("rows", of: history.rows) { json, row in
            json.member("id", row.id)
            json.member("email", orNull: row.email)
            json.member("phoneNumber", orNull: row.phone?.text)
            json.listedPhone("listedPhoneNumber", row.phone, listed)
            json.member("linkPrecedence", row.linkPrecedence)
            json.member("linkedId", orNull: row.linkedID)
            json.member("createdAt", row.createdAt)
            if origins { json.origin(row.origin) }
        }
        array("evidence", of: history.evidence) { json, evidence in
            json.member("id", evidence.id)
            json.member("email", orNull: evidence.emails.first)
            let (phone, otherPhone) = (evidence.phones.first, evidence.phones.dropFirst().first)
            json.member("phoneNumber", orNull: phone?.text)
            json.listedPhone("listedPhoneNumber", phone, listed)
            if let email = evidence.emails.dropFirst().first { json.member("otherEmail", email) }
            if let otherPhone { json.member("otherPhoneNumber", otherPhone.text) }
            json.listedPhone("otherListedPhoneNumber", otherPhone, listed)
            json.member("at", evidence.at)
            json.member("withdrawn", evidence.isWithdrawn)
            if origins { json.origin(evidence.origin) }
        }
        array("corrections", of: history.corrections) { $0.correction($1, origins: origins) }
    }

    /// Which of the customer's phones it is, where that is written in another way.
    /// - Parameter listed: As the customer's list has them, by their keys.
    private mutating func listedPhone(_ name: StaticString, _ phone: Phone?, _ listed: [String: String]) {
        guard let phone, let text = listed[phone.key], text != phone.text else { return }
        member(name, text)
    }
}

extension Problem {
    fileprivate static let unknownContact = Problem(
        status: 404, title: "Not Found", detail: "No contact has this id. Send an id from an answer of this service.")

    fileprivate static let erasedContact = Problem(
        status: 410, title: "Gone", detail: "The customer of this contact was erased. Stop using this id.")
}
