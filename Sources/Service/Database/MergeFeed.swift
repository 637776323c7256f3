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
    /// - Returns: `nil` where the cursor is of another era: this database is not the one that it was answered from.
    /// - Throws: As `identify`.
    public func merges(
        after cursor: MergeCursor?, limit: Int, counting retries: inout [RetryBudget.Cause: Int]
    ) async throws -> MergeFeed? {
        try await attempt(counting: &retries) { budget in
            var pipeline = Pipeline()
            pipeline.execute(ContactStatements.beginReadCommitted)
            pipeline.execute(MergeFeed.era)
            pipeline.execute(
                MergeFeed.page, [String(cursor?.transaction ?? 0), cursor?.id ?? 0, Int64(limit)])
            pipeline.execute(ContactStatements.commit)
            let answers = try await run(pipeline, before: budget.deadline)
            let (era, page) = (answers[1].text(0, 0)!, answers[2])
            guard cursor == nil || cursor?.era == era else { return nil }
            return MergeFeed(page, after: cursor ?? MergeCursor(era: era, transaction: 0, id: 0))
        }
    }
}

extension MergeFeed {
    static let statements = [era, page]

    /// A dump that is restored elsewhere is in another cluster; after a failover, or a recovery to a point in
    /// time, the transaction ids of what was lost are given out again, on another timeline.
    fileprivate static let era = Statement(
        "era",
        """
        SELECT system_identifier || '.' || left(pg_walfile_name(pg_current_wal_lsn()), 8) FROM pg_control_system()
        """)

    /// $1, $2 transaction and id of the merge seen last, $3 how many → those behind it.
    ///
    /// Ids are given out before the commit, so an order by id has gaps that are filled later, and whoever has
    /// gone past one never comes back. So the order is that of transactions, and only what is older than the
    /// oldest of them that still runs is shown: to that part nothing can be added any more.
    fileprivate static let page = Statement(
        "merge_feed",
        """
        SELECT id, primary_id, absorbed_id, \(Timestamp.text(of: "merged_at")), transaction_id
          FROM contact_merge
         WHERE (transaction_id, id) > ($1::xid8, $2::bigint)
           AND transaction_id < pg_snapshot_xmin(pg_current_snapshot())
         ORDER BY transaction_id, id
         LIMIT $3::bigint
        """)

    fileprivate init(_ page: Rows, after cursor: MergeCursor) {
        merges = (0..<page.count).map { Merge(page, $0) }
        next =
            merges.last.map { last in
                MergeCursor(
                    era: cursor.era, transaction: UInt64(page.text(page.count - 1, 4)!)!, id: last.id)
            } ?? cursor
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
