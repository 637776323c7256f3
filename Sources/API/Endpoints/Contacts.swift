internal import ContactStore
internal import Identity
internal import Settings

/// `GET /contacts/{id}`: which customer does an id that was answered belong to now?
struct Contacts {
    let store: ContactStore
    let settings: Settings

    func respond(_ request: Request, _ context: inout RequestContext) async throws -> Response {
        guard let contact = ContactID(decimal: request.path.lastSegment) else { throw Problem.unknownContact }
        switch try await context.value({ try await store.status(of: contact) }) {
        case .live(let history):
            context.primaries = [history.cluster.primaryID]
            return .ok { $0.history(history, idKeys: settings.primaryIDKeys) }
        case .erased: throw Problem.erasedContact
        case .unknown: throw Problem.unknownContact
        }
    }
}

extension JSONWriter {
    fileprivate mutating func history(_ history: History, idKeys: PrimaryIDKeys) {
        member("contact") { $0.cluster(history.cluster, idKeys: idKeys) }
        array("rows") { json in
            for row in history.rows {
                json.element { json in
                    json.member("id", row.id)
                    json.member("email", orNull: row.email)
                    json.member("phoneNumber", orNull: row.phone)
                    json.member("linkPrecedence", row.linkPrecedence)
                    json.member("linkedId", orNull: row.linkedID)
                    json.member("createdAt", row.createdAt)
                }
            }
        }
        array("merges") { json in
            for evidence in history.merges {
                json.element { json in
                    json.merge(evidence.merge)
                    json.member("email", orNull: evidence.email)
                    json.member("phoneNumber", orNull: evidence.phone)
                }
            }
        }
    }
}

extension Problem {
    fileprivate static let unknownContact = Problem(
        status: 404, title: "Not Found", detail: "No contact has this id. Send an id from an answer of this service.")

    fileprivate static let erasedContact = Problem(
        status: 410, title: "Gone", detail: "The customer of this contact was erased. Stop using this id.")
}
