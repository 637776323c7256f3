public import Identity
public import PostgreSQL

/// Two clusters that became one.
public struct Merge: Sendable {
    public let id: Int64
    public let primaryID: ContactID
    /// It was a primary until then.
    public let absorbedID: ContactID
    public let mergedAt: String
}

/// Merges in an order in which a follower misses none.
public struct MergeFeed: Sendable {
    public let merges: [Merge]
    /// Behind the last of them.
    public let next: MergeCursor
}

extension ContactStore {
    /// The merges behind a cursor; all, from the first, without one.
    /// - Returns: `nil` where the merge that was seen last is not there: this database is not the one that the cursor was
    ///   answered from, or not in the state of then.
    /// - Throws: As `identify`; `SchemaError.older` before the database is migrated.
    public func merges(
        after cursor: MergeCursor?, limit: Int, counting retries: inout [RetryBudget.Cause: Int]
    ) async throws -> MergeFeed? {
        let cursor = cursor ?? .start
        do {
            return try await attempt(counting: &retries) { budget in
                var pipeline = Pipeline()
                pipeline.execute(ContactStatements.beginReadCommitted)
                pipeline.execute(MergeFeed.stands, [String(cursor.transaction), cursor.id, cursor.token])
                pipeline.execute(MergeFeed.page, [String(cursor.transaction), cursor.id, Int64(limit)])
                pipeline.execute(ContactStatements.commit)
                let answers = try await run(pipeline, before: budget.deadline)
                guard cursor == .start || answers[1].count > 0 else { return nil }
                return MergeFeed(answers[2], after: cursor)
            }
        } catch let error as DatabaseError where error.isNotPrepared {
            throw SchemaError.older(database: MergeFeed.schema - 1, program: MergeFeed.schema)
        }
    }
}

extension MergeFeed {
    /// Since which there are tokens.
    static let schema = 4

    static let statements = [stands, page]

    /// $1 transaction, $2 id, $3 token of a merge → a row, if the feed has it.
    fileprivate static let stands = Statement(
        "merge_stands",
        """
        SELECT FROM contact_merge WHERE transaction_id = $1::xid8 AND id = $2::bigint AND token = $3::uuid
        """)

    /// $1, $2 transaction and id of the merge seen last, $3 how many → those behind it.
    ///
    /// Ids are given out before the commit, so an order by id has gaps that are filled later, and a follower that has
    /// gone past one never comes back. So the order is that of transactions, and only what is older than the
    /// oldest of them that still runs is shown: to that part nothing can be added any more. (That no merge is of a
    /// transaction still to come, `RestoreCheck` sees to.)
    fileprivate static let page = Statement(
        "merge_feed",
        """
        SELECT id, primary_id, absorbed_id, \(Timestamp.text(of: "merged_at")), transaction_id, token
          FROM contact_merge
         WHERE (transaction_id, id) > ($1::xid8, $2::bigint)
           AND transaction_id < pg_snapshot_xmin(pg_current_snapshot())
         ORDER BY transaction_id, id
         LIMIT $3::bigint
        """)

    fileprivate init(_ page: Rows, after cursor: MergeCursor) {
        merges = (0..<page.count).map { Merge(page, $0) }
        guard let last = merges.last else {
            next = cursor
            return
        }
        let row = page.count - 1
        next = MergeCursor(transaction: UInt64(page.text(row, 4)!)!, id: last.id, token: page.text(row, 5)!)
    }
}

extension Merge {
    /// A row that begins with id, primary_id, absorbed_id and the moment.
    init(_ rows: Rows, _ row: Int) {
        id = rows.integer(row, 0)!
        primaryID = rows.integer(row, 1)!
        absorbedID = rows.integer(row, 2)!
        mergedAt = rows.text(row, 3)!
    }
}
