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
            json.array("corrections", of: undone.records) { $0.correction($1, origins: true) }
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
            json.array("corrections", of: records) { $0.correction($1, origins: origins) }
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
