internal import ContactStore
internal import Identity
internal import Settings

/// An error as the caller sees it: problem details (RFC 9457), saying what to send instead.
public struct Problem: Error {
    /// A tag (RFC 4151) where one status has more than one meaning.
    var type = "about:blank"
    let status: Int
    let title: String
    /// What was wrong and what to send instead. Never a value from the request.
    public let detail: String
    var errors: [FieldError] = []
    var primaryIDs: [ContactID] = []
    /// Lists of ids that belong to its type.
    var extensions: [(name: StaticString, ids: [Int64])] = []
    var headers: [(name: String, value: String)] = []

    func response(to context: RequestContext) -> Response {
        let body = JSONWriter.object { json in
            json.member("type", type)
            json.member("title", title)
            json.member("status", status)
            json.member("detail", detail)
            json.member("requestId", context.id.text)
            json.fieldErrors("errors", errors)
            if !primaryIDs.isEmpty { json.member("primaryContactIds", primaryIDs) }
            for (name, ids) in extensions { json.member(name, ids) }
        }
        return Response(
            status: status, reason: title,
            headers: [("Content-Type", "application/problem+json")] + headers, body: body)
    }
}

/// A field of the request that is invalid or ignored.
struct FieldError {
    let field: String
    /// Goes on after the field's name: "needs 3 to 15 digits".
    let reason: String
}

extension FieldError {
    init(_ field: IdentifierField, _ reason: String) {
        self.init(field: field.rawValue, reason: reason)
    }

    init(_ invalid: InvalidIdentifier) {
        self.init(invalid.field, invalid.reason)
    }

    init(_ nearMiss: NearMiss) {
        self.init(field: nearMiss.name, reason: "is not a field; send \(nearMiss.field.rawValue)")
    }

    /// As an answer names what was ignored.
    init(_ ignored: Ignored) {
        self = ignored.nearMiss.map { FieldError($0) } ?? FieldError(ignored.field, ignored.reason.rawValue)
    }
}

extension Problem {
    static func badRequest(_ detail: String) -> Problem {
        Problem(status: 400, title: "Bad Request", detail: detail)
    }

    /// - Parameter example: What to send instead.
    static func badRequest(_ errors: [FieldError], _ example: String) -> Problem {
        let fields = errors.map { "\($0.field) \($0.reason)" }.joined(separator: "; ")
        return Problem(status: 400, title: "Bad Request", detail: "\(fields). \(example)", errors: errors)
    }

    static let notFound = Problem(
        status: 404, title: "Not Found", detail: "There is no such path. Send POST /identify.")

    static func methodNotAllowed(_ allowed: [String]) -> Problem {
        let list = allowed.joined(separator: ", ")
        return Problem(
            status: 405, title: "Method Not Allowed", detail: "This path takes \(list).",
            headers: [("Allow", list)])
    }

    static func tooLarge(limit: Int) -> Problem {
        Problem(
            status: 413, title: "Content Too Large",
            detail: "The body is longer than \(limit) bytes. Send one e-mail and one phone number only.")
    }

    static func noUsableIdentifier(_ ignored: [Ignored]) -> Problem {
        Problem(
            type: "tag:identityd.invalid,2026:no-usable-identifier", status: 422, title: "Unprocessable Content",
            detail:
                "Each identifier that was sent is blocked here, because many people share it. Send the customer's own "
                + "e-mail or phone number.",
            errors: ignored.map { FieldError($0) })
    }

    static let unsupportedMediaType = Problem(
        status: 415, title: "Unsupported Media Type",
        detail: "The Content-Type is not JSON. Send a JSON object, with the header Content-Type: application/json.")

    /// RFC 9110, 15.5.16: a content coding that is not taken is a 415; 12.5.3: with Accept-Encoding.
    static func compressed(with coding: String) -> Problem {
        Problem(
            status: 415, title: "Unsupported Media Type",
            detail: "The body is compressed with \(coding). Send it uncompressed, without Content-Encoding.",
            headers: [("Accept-Encoding", "identity")])
    }

    static let internalError = Problem(
        status: 500, title: "Internal Server Error",
        detail: "This is an error of the service. Report it to the operator, with the requestId.")

    static let tooMuchUnsent = unavailable("Too many large answers wait for their readers.")

    static func unavailable(_ detail: String) -> Problem {
        Problem(
            status: 503, title: "Service Unavailable", detail: detail + " Send the request again.",
            headers: [("Retry-After", "1")])
    }

    /// What a failure below the endpoints is to the caller.
    init(_ error: any Error) {
        switch error {
        case let problem as Problem: self = problem
        case let error as StoreError: self.init(error.kind)
        case is SettingError:
            self = .unavailable("A setting can't be used on this database; its operator finds the reason in the log.")
        default: self = .internalError
        }
    }

    /// 503 for what passes by itself, or once an operator has mended the database; 500 for what is a mistake.
    private init(_ kind: StoreError.Kind) {
        self =
            switch kind {
            case .contended: .unavailable("Too many requests were busy with the same customer.")
            case .unreachable: .unavailable("The database can't be reached.")
            case .disconnected: .unavailable("The connection to the database broke.")
            case .unsupported: .unavailable("The database can't do this, as a standby can't.")
            case .readOnly: .unavailable("The database takes no writes at the moment.")
            case .accessDenied: .unavailable("The database does not let the service in.")
            case .missingDatabase: .unavailable("The database is not there.")
            case .missingPrivilege:
                .unavailable("The service lacks a right in the database: identityd migrate --grant-to gives it.")
            case .outOfResources: .unavailable("The database is out of resources.")
            case .busy: .unavailable("The database is busy.")
            case .timedOut: .unavailable("The database did not answer in time.")
            case .storageFailed: .unavailable("The database has trouble with its storage.")
            case .notMigrated: .unavailable("The database needs its operator to run: identityd migrate.")
            case .unusableSchema:
                .unavailable(
                    "The database is not one that this version can work with; its operator finds the reason in the log."
                )
            case .internalError: .internalError
            }
    }
}
