internal import ContactStore
internal import Identity
internal import Settings

/// What a person says against the evidence: `POST /corrections`, `POST /corrections/undo`, `GET /corrections`.
struct Corrections {
    let store: ContactStore
    let reader: RequestReader
    let settings: Settings

    func correct(_ request: Request, _ context: inout RequestContext) async throws -> Response {
        let body = try RequestBody(of: request, keeping: CorrectionRequest.names)
        let correction = try CorrectionRequest(body, reader: await reader.identifiers(&context))
        let origin = context.origin
        let result = try await context.value { try await store.correct(correction, from: origin) }
        let corrected = try Corrections.made(result)
        note(corrected, in: &context)
        if !correction.isDryRun { context.correction = correction.kind }
        return .ok { json in
            json.member("correction") { $0.correction(corrected.records[0], origins: true) }
            json.customers(corrected.customers, idKeys: settings.primaryIDKeys)
        }
    }

    func undo(_ request: Request, _ context: inout RequestContext) async throws -> Response {
        let body = try RequestBody(of: request, keeping: ["ids"])
        try body.refuseOthers(Corrections.undoExample)
        let ids = try body.ids("ids", atMost: 100, Corrections.undoExample) ?? []
        guard !ids.isEmpty else {
            throw Problem.badRequest(
                [FieldError(field: "ids", reason: "must name a correction")], Corrections.undoExample)
        }
        let origin = context.origin
        let result = try await context.value { try await store.undo(Set(ids), from: origin) }
        let undone = try Corrections.made(result)
        note(undone, in: &context)
        return .ok { json in
            json.array("corrections") { json in
                for record in undone.records { json.element { $0.correction(record, origins: true) } }
            }
            json.customers(undone.customers, idKeys: settings.primaryIDKeys)
        }
    }

    func list(_ request: Request, _ context: inout RequestContext) async throws -> Response {
        let query = try request.queryParameters(["after", "contactId", "limit"])
        let after = try Request.id(query["after"], "after", Corrections.listExample) ?? 0
        let contact = try Request.id(query["contactId"], "contactId", Corrections.listExample)
        let limit = try Request.limit(query["limit"], Corrections.listExample)
        let records = try await context.value {
            try await store.corrections(after: after, of: contact, limit: limit)
        }
        let origins = context.seesOrigins
        return .ok { json in
            json.array("corrections") { json in
                for record in records { json.element { $0.correction(record, origins: origins) } }
            }
        }
    }

    private func note(_ corrected: Corrected, in context: inout RequestContext) {
        context.primaries = corrected.customers.compactMap(\.primaryID)
    }

    private static let undoExample = #"Send a JSON object such as {"ids":[7]}."#

    private static let listExample =
        "Send GET /corrections, then GET /corrections?after=ID&limit=100 with the id of the last one that was answered."

    private static func made(_ result: Result<Corrected, CorrectionRefusal>) throws(Problem) -> Corrected {
        switch result {
        case .success(let corrected): return corrected
        case .failure(let refusal): throw Problem(refusal)
        }
    }
}

extension CorrectionRequest {
    fileprivate static let names: Set = [
        "kind", "email", "phoneNumber", "evidence", "contactIds", "dryRun", "note",
    ]

    fileprivate static let example =
        #"Send a JSON object such as {"kind":"unlink","email":"mcfly@hillvalley.edu","phoneNumber":"123456"}."#

    fileprivate init(_ body: RequestBody, reader: some IdentifierReading) throws(Problem) {
        let observed = try ObservedBody(body, reader: reader)
        guard observed.invalid.isEmpty && observed.nearMisses.isEmpty else {
            throw observed.refusal(CorrectionRequest.example)
        }
        try body.refuseOthers(CorrectionRequest.example)
        guard case .string(let name)? = body.object.members["kind"], let kind = Correction.Kind(rawValue: name) else {
            let kinds = Correction.Kind.allCases.map(\.rawValue).joined(separator: ", ")
            throw CorrectionRequest.refusal("kind", "must be one of \(kinds)")
        }
        let evidence = Set(try body.ids("evidence", atMost: 1000, CorrectionRequest.example) ?? [])
        let contacts = try body.ids("contactIds", atMost: 2, CorrectionRequest.example)
        try self.init(
            CorrectionRequest.subject(kind, observed.email, observed.phone, contacts, evidence),
            note: body.text("note", atMost: CorrectionRequest.longestNote, CorrectionRequest.example),
            isDryRun: body.flag("dryRun", CorrectionRequest.example))
    }

    private static func subject(
        _ kind: Correction.Kind, _ email: Email?, _ phone: Phone?, _ contacts: [ContactID]?,
        _ evidence: Set<EvidenceID>
    ) throws(Problem) -> CorrectionSubject {
        if contacts != nil && kind != .keepApart { throw refusal("contactIds", "goes with keep-apart alone") }
        switch (kind, email, phone) {
        case (.unlink, let email?, let phone?):
            return .unlink(IdentifierPair(.email(email), .phone(phone)), evidence: evidence)
        case (.unlink, nil, nil) where !evidence.isEmpty: return .unlink(nil, evidence: evidence)
        case (.unlink, _, _): throw refusal("unlink", "needs email and phoneNumber, or evidence, or all three")
        case (.keepApart, nil, nil):
            guard let contacts, contacts.count == 2 else { throw refusal("contactIds", "must name two contacts") }
            return .keepApart(contacts[0], contacts[1], evidence: evidence)
        case (.keepApart, _, _): throw refusal("keep-apart", "takes contactIds, and no email or phoneNumber")
        case (.disown, let email?, nil) where evidence.isEmpty: return .disown(.email(email))
        case (.disown, nil, let phone?) where evidence.isEmpty: return .disown(.phone(phone))
        case (.trust, let email?, nil) where evidence.isEmpty: return .trust(.email(email))
        case (.trust, nil, let phone?) where evidence.isEmpty: return .trust(.phone(phone))
        case (.disown, _, _), (.trust, _, _):
            throw refusal(kind.rawValue, "needs either email or phoneNumber, and nothing else")
        }
    }

    private static func refusal(_ field: String, _ reason: String) -> Problem {
        .badRequest([FieldError(field: field, reason: reason)], example)
    }

    fileprivate var kind: Correction.Kind {
        switch subject {
        case .unlink: .unlink
        case .keepApart: .keepApart
        case .disown: .disown
        case .trust: .trust
        }
    }
}

extension RequestBody {
    /// A misspelt `dryRun` must not correct anything.
    fileprivate func refuseOthers(_ example: String) throws(Problem) {
        guard object.otherNames.isEmpty else {
            throw .badRequest("The body has a member that this path does not know. \(example)")
        }
    }

    /// - Returns: `nil` where the member is missing or null.
    fileprivate func ids(_ name: String, atMost most: Int, _ example: String) throws(Problem) -> [Int64]? {
        switch object.members[name] {
        case nil, .null: return nil
        case .numbers(let texts) where texts.count <= most:
            let ids = texts.compactMap { Int64(decimal: $0) }
            guard ids.count == texts.count else { fallthrough }
            return ids
        default:
            throw .badRequest([FieldError(field: name, reason: "must be an array of at most \(most) ids")], example)
        }
    }

    fileprivate func text(_ name: String, atMost most: Int, _ example: String) throws(Problem) -> String? {
        switch object.members[name] {
        case nil, .null: return nil
        case .string(let text) where text.utf8.count <= most && !text.utf8.contains(0): return text
        default:
            throw .badRequest([FieldError(field: name, reason: "must be a text of at most \(most) bytes")], example)
        }
    }

    fileprivate func flag(_ name: String, _ example: String) throws(Problem) -> Bool {
        switch object.members[name] {
        case nil, .null: return false
        case .bool(let flag): return flag
        default: throw .badRequest([FieldError(field: name, reason: "must be true or false")], example)
        }
    }
}

extension JSONWriter {
    mutating func correction(_ record: CorrectionRecord, origins: Bool) {
        let correction = record.correction
        member("id", orNull: record.hasID ? correction.id : nil)
        member("kind", correction.kind.rawValue)
        if let identifier = correction.identifier { self.identifier(identifier) }
        array("apart") { json in
            for pair in correction.apart {
                json.element { json in
                    json.member("one") { $0.identifier(pair.one) }
                    json.member("other") { $0.identifier(pair.other) }
                }
            }
        }
        member("evidence", correction.evidence.sorted())
        member("note", orNull: record.note)
        member("at", orNull: record.at)
        member("undoneAt", orNull: record.undoneAt)
        member("erased", record.isErased)
        if origins {
            member("client", orNull: record.origin.client)
            member("requestId", orNull: record.origin.requestID)
        }
    }

    private mutating func identifier(_ identifier: Identifier) {
        switch identifier {
        case .email(let email): member("email", email.text)
        case .phone(let phone): member("phoneNumber", phone.text)
        }
    }

    fileprivate mutating func customers(_ customers: [CorrectedCustomer], idKeys: PrimaryIDKeys) {
        array("contacts") { json in
            for customer in customers { json.element { $0.customer(customer, idKeys: idKeys) } }
        }
    }
}

extension Problem {
    fileprivate init(_ refusal: CorrectionRefusal) {
        func conflict(_ type: String, _ detail: String) -> Problem {
            Problem(type: "tag:identityd.invalid,2026:\(type)", status: 409, title: "Conflict", detail: detail)
        }
        switch refusal {
        case .unknown(let field):
            self.init(
                status: 404, title: "Not Found",
                detail: "There is no such \(field). Send identifiers and ids from answers of this service.")
        case .erased(let field):
            self.init(status: 410, title: "Gone", detail: "The \(field) was erased. Stop using this id.")
        case .stillConnected(let connection):
            self = conflict(
                "still-connected",
                "Other evidence connects the two: path is the shortest chain of it. Send as evidence what is wrong in it; cut is a "
                    + "smallest set that parts them.")
            extensions = [("path", connection.path), ("cut", connection.cut)]
        case .keptApart(let corrections):
            self = conflict(
                "kept-apart",
                "Other corrections keep apart what this would join. To undo those too, send the ids in corrections as well."
            )
            extensions = [("corrections", corrections)]
        case .doesNotApply(let reason):
            self = conflict("does-not-apply", "The correction does not apply: \(reason). Look at GET /contacts/{id}.")
        case .tooLarge:
            self = conflict("too-large-to-correct", "The customers have more than 10,000 contacts together.")
        }
    }
}
