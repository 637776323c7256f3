public import Identity
internal import PostgreSQL

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

/// How far a follower of the feed has come: the last merge that it saw.
public struct MergeCursor: Equatable, Sendable, CustomStringConvertible {
    /// The transaction that made it.
    let transaction: UInt64
    let id: Int64
    /// What tells it from the merge that has its place in another database, or in this one behind a restore.
    let token: String

    /// Before the first merge.
    static let start = MergeCursor(transaction: 0, id: 0, token: "00000000-0000-0000-0000-000000000000")

    init(transaction: UInt64, id: Int64, token: String) {
        self.transaction = transaction
        self.id = id
        self.token = token
    }

    /// `nil` unless `text` has the form of `description`.
    public init?(_ text: some StringProtocol) {
        let parts = String(text).split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 3, let transaction = UInt64(parts[0]), let id = Int64(parts[1]),
            parts[2].wholeMatch(of: #/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/#) != nil
        else { return nil }
        self.init(transaction: transaction, id: id, token: String(parts[2]))
        guard description == text else { return nil }
    }

    /// To callers it has no meaning. Letters, digits, dots and hyphens, so that it stands in a query as it is.
    public var description: String { "\(transaction).\(id).\(token)" }
}

extension ContactStore {
    /// The merges behind a cursor; all, from the first, without one. Before the database is migrated it has none to tell,
    /// and the error is `notMigrated`.
    /// - Returns: `nil` where the merge that was seen last is not there: this database is not the one that the cursor was
    ///   answered from, or not in the state of then.
    public func merges(after cursor: MergeCursor?, limit: Int) async throws(StoreError) -> Reply<MergeFeed?> {
        let cursor = cursor ?? .start
        return try await retrying { attempt in
            var pipeline = Pipeline()
            pipeline.execute(ContactStatements.beginReadCommitted)
            let stands = pipeline.execute(MergeFeed.stands, [String(cursor.transaction), cursor.id, cursor.token])
            let page = pipeline.execute(MergeFeed.page, [String(cursor.transaction), cursor.id, Int64(limit)])
            pipeline.execute(ContactStatements.commit)
            let answers = try await run(pipeline, before: attempt.deadline)
            if try cursor != .start && answers[stands].isEmpty { return .done(nil) }
            let merges = try answers[page]
            return .done(MergeFeed(merges: merges.map(\.merge), next: merges.last?.cursor ?? cursor))
        }
    }
}

extension MergeFeed {
    static let statements = [stands.statement, page.statement]

    /// $1 transaction, $2 id, $3 token of a merge → a row, if the feed has it.
    fileprivate static let stands = Query(
        "merge_stands",
        """
        SELECT FROM contact_merge WHERE transaction_id = $1::xid8 AND id = $2::bigint AND token = $3::uuid
        """
    ) { _ in }

    /// $1, $2 transaction and id of the merge seen last, $3 how many → those behind it.
    ///
    /// Ids are given out before the commit, so an order by id has gaps that are filled later, and a follower that has
    /// gone past one never comes back. So the order is that of transactions, and only what is older than the
    /// oldest of them that still runs is shown: to that part nothing can be added any more. (That no merge is of a
    /// transaction still to come, `RestoreCheck` sees to.)
    fileprivate static let page = Query(
        "merge_feed",
        """
        SELECT \(Merge.columns), transaction_id, token
          FROM contact_merge
         WHERE (transaction_id, id) > ($1::xid8, $2::bigint)
           AND transaction_id < pg_snapshot_xmin(pg_current_snapshot())
         ORDER BY transaction_id, id
         LIMIT $3::bigint
        """
    ) { columns in
        let merge = try Merge(&columns)
        let cursor = MergeCursor(
            transaction: try columns.transactionID(), id: merge.id, token: try columns.text())
        return (merge: merge, cursor: cursor)
    }
}

extension Merge {
    /// SQL: what `init` reads, of `contact_merge`.
    static let columns = "id, primary_id, absorbed_id, \(Timestamp.text(of: "merged_at"))"

    init(_ columns: inout Columns) throws {
        id = try columns.integer()
        primaryID = try columns.integer()
        absorbedID = try columns.integer()
        mergedAt = try columns.text()
    }
}
