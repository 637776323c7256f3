internal import ContactStore

/// `GET /changes?after=CURSOR&limit=100&wait=30`: what became of customers since?
struct Changes {
    let store: ContactStore

    func respond(_ request: Request, _ context: inout RequestContext) async throws -> Response {
        let query = try request.queryParameters(["after", "limit", "wait"])
        let cursor = try query["after"].map(Changes.cursor)
        let limit = try Request.limit(query["limit"], Changes.example)
        let wait = try Request.number(query["wait"], "wait", in: 0...30, Changes.example) ?? 0
        var feed = try await context.value { try await store.changes(after: cursor, limit: limit) }
        if let end = feed, end.changes.isEmpty, wait > 0 {
            guard store.followerCount < ContactStore.maximumFollowers else { throw Problem.tooManyFollowers }
            feed = try await context.valueToCome {
                try await store.changes(behind: end, limit: limit, within: .seconds(wait), unless: request.isAbandoned)
            }
        }
        guard let feed else { throw Problem.goneCursor }
        return .ok { json in
            json.array("changes", of: feed.changes) { $0.change($1) }
            json.member("next", feed.next.description)
        }
    }

    private static let example =
        "Send GET /changes to begin, then GET /changes?after=CURSOR&limit=100&wait=30 with next of the last answer as CURSOR."

    private static func cursor(_ text: Substring) throws -> ChangeCursor {
        guard let cursor = ChangeCursor(text) else {
            throw Problem.badRequest(
                [FieldError(field: "after", reason: "is not a cursor that was answered as next")], example)
        }
        return cursor
    }
}

extension JSONWriter {
    fileprivate mutating func change(_ change: Change) {
        member("id", change.id)
        switch change.kind {
        case .merged(let primary, let absorbed):
            member("kind", "merged")
            member("at", change.at)
            member("primaryContactId", primary)
            member("absorbedContactId", absorbed)
        case .parted(let primary, let from, let contacts):
            member("kind", "parted")
            member("at", change.at)
            member("primaryContactId", primary)
            member("fromContactId", from)
            member("contactIds", contacts)
        case .erased(let contacts):
            member("kind", "erased")
            member("at", change.at)
            member("contactIds", contacts)
        }
    }
}

extension Problem {
    fileprivate static let tooManyFollowers = unavailable("Too many requests wait for changes.")

    fileprivate static let goneCursor = Problem(
        status: 410, title: "Gone",
        detail:
            "The database no longer has the change that this cursor ends with, because it was restored or is another "
            + "one. Send GET /changes to begin anew.")
}
