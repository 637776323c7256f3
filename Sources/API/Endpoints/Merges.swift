internal import ContactStore

/// `GET /merges?after=CURSOR&limit=100`: which customers have become one since?
struct Merges {
    private static let limits = 1...1000

    let store: ContactStore

    func respond(_ request: Request, _ context: inout RequestContext) async throws -> Response {
        let query = try request.queryParameters(["after", "limit"])
        let cursor = try query["after"].map(Merges.cursor)
        let limit = try query["limit"].map(Merges.limit) ?? 100
        let feed = try await context.value { try await store.merges(after: cursor, limit: limit) }
        guard let feed else { throw Problem.goneCursor }
        return .ok { json in
            json.array("merges") { json in
                for merge in feed.merges { json.element { $0.merge(merge) } }
            }
            json.member("next", feed.next.description)
        }
    }

    private static func cursor(_ text: Substring) throws -> MergeCursor {
        guard let cursor = MergeCursor(text) else {
            throw refusal("after", "is not a cursor that was answered as next")
        }
        return cursor
    }

    private static func limit(_ text: Substring) throws -> Int {
        guard let limit = Int(decimal: text), limits.contains(limit) else {
            throw refusal("limit", "must be a whole number from \(limits.lowerBound) to \(limits.upperBound)")
        }
        return limit
    }

    private static func refusal(_ field: String, _ reason: String) -> Problem {
        .badRequest(
            [FieldError(field: field, reason: reason)],
            "Send GET /merges to begin, then GET /merges?after=CURSOR&limit=100 with next of the last answer as CURSOR."
        )
    }
}

extension JSONWriter {
    /// The members of a merge.
    mutating func merge(_ merge: Merge) {
        member("id", merge.id)
        member("primaryContactId", merge.primaryID)
        member("absorbedContactId", merge.absorbedID)
        member("mergedAt", merge.mergedAt)
    }
}

extension Problem {
    fileprivate static let goneCursor = Problem(
        status: 410, title: "Gone",
        detail:
            "The database no longer has the merge that this cursor ends with, because it was restored or is another "
            + "one. Send GET /merges to begin anew.")
}
