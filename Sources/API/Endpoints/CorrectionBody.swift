internal import ContactStore
internal import Identity

// What is sent to correct: read, or refused with what to send instead.

extension CorrectionRequest {
    static let names = [
        "kind", "email", "phoneNumber", "evidence", "contactIds", "dryRun", "note",
    ]

    private static let example =
        #"Send a JSON object such as {"kind":"unlink","email":"mcfly@hillvalley.edu","phoneNumber":"123456"}."#

    private static func example(of kind: Correction.Kind) -> String {
        switch kind {
        case .unlink: example
        case .keepApart: #"Send a JSON object such as {"kind":"keep-apart","contactIds":[11,12]}."#
        case .disown, .trust: #"Send a JSON object such as {"kind":"\#(kind.rawValue)","phoneNumber":"123456"}."#
        }
    }

    init(_ body: RequestBody, reader: some IdentifierReading) throws(Problem) {
        let observed = try ObservedBody(body, reader: reader)
        guard observed.invalid.isEmpty && observed.nearMisses.isEmpty else {
            throw observed.refusal(CorrectionRequest.example)
        }
        try body.refuseOthers(CorrectionRequest.example)
        guard case .string(let name)? = body.object["kind"], let kind = Correction.Kind(rawValue: name) else {
            let kinds = Correction.Kind.allCases.map(\.rawValue).joined(separator: ", ")
            throw Problem.badRequest(
                [FieldError(field: "kind", reason: "must be one of \(kinds)")], CorrectionRequest.example)
        }
        let example = CorrectionRequest.example(of: kind)
        let evidence = Set(try body.ids("evidence", atMost: 1000, example) ?? [])
        let contacts = try body.ids("contactIds", atMost: 2, example)
        try self.init(
            CorrectionRequest.subject(kind, observed.email, observed.phone, contacts, evidence),
            note: body.text("note", atMost: CorrectionRequest.longestNote, example),
            isDryRun: body.flag("dryRun", example))
    }

    private static func subject(
        _ kind: Correction.Kind, _ email: Email?, _ phone: Phone?, _ contacts: [ContactID]?,
        _ evidence: Set<EvidenceID>
    ) throws(Problem) -> CorrectionSubject {
        func refusal(_ field: String, _ reason: String) -> Problem {
            .badRequest([FieldError(field: field, reason: reason)], example(of: kind))
        }
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

    var kind: Correction.Kind {
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
    func refuseOthers(_ example: String) throws(Problem) {
        guard object.otherNames.isEmpty else {
            throw .badRequest("The body has a member that this path does not know. \(example)")
        }
    }

    /// - Returns: `nil` where the member is missing or null.
    func ids(_ name: String, atMost most: Int, _ example: String) throws(Problem) -> [Int64]? {
        switch object[name] {
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
        switch object[name] {
        case nil, .null: return nil
        case .string(let text) where text.utf8.count <= most && !text.utf8.contains(0): return text
        default:
            throw .badRequest([FieldError(field: name, reason: "must be a text of at most \(most) bytes")], example)
        }
    }

    fileprivate func flag(_ name: String, _ example: String) throws(Problem) -> Bool {
        switch object[name] {
        case nil, .null: return false
        case .bool(let flag): return flag
        default: throw .badRequest([FieldError(field: name, reason: "must be true or false")], example)
        }
    }
}
