public import Identity
internal import PostgreSQL

/// What became of customers.
public struct Change: Sendable {
    public enum Kind: Equatable, Sendable {
        /// Two became one; the absorbed was a primary until then.
        case merged(primary: ContactID, absorbed: ContactID)
        /// Contacts left a customer, and the oldest of them is the primary of their own.
        case parted(primary: ContactID, from: ContactID, contacts: [ContactID])
        case erased(contacts: [ContactID])
    }

    public let id: Int64
    public let kind: Kind
    public let at: String
}

/// Changes in an order in which a follower misses none.
public struct ChangeFeed: Sendable {
    public let changes: [Change]
    /// Behind the last of them.
    public let next: ChangeCursor
}

/// How far a follower of the feed has come: the last change that it saw.
public struct ChangeCursor: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// The transaction that made it.
    let transaction: UInt64
    let id: Int64
    /// What tells it from the change that has its place in another database, or in this one behind a restore.
    let token: String

    /// Before the first change.
    static let start = ChangeCursor(transaction: 0, id: 0, token: "00000000-0000-0000-0000-000000000000")

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

    public static func < (one: ChangeCursor, other: ChangeCursor) -> Bool {
        (one.transaction, one.id) < (other.transaction, other.id)
    }
}

extension ContactStore {
    /// The changes behind a cursor; all, from the first, without one.
    /// - Parameter limit: How many at least, if there are so many: those of one transaction are never parted.
    /// - Returns: `nil` where the change that was seen last is not there: this database is not the one that the cursor was
    ///   answered from, or not in the state of then.
    public func changes(after cursor: ChangeCursor?, limit: Int) async throws(StoreError) -> Reply<ChangeFeed?> {
        let cursor = cursor ?? .start
        return try await retrying { attempt in
            var pipeline = Pipeline()
            pipeline.execute(ContactStatements.beginReadCommitted)
            let stands = pipeline.execute(ChangeFeed.stands, [String(cursor.transaction), cursor.id, cursor.token])
            let page = pipeline.execute(ChangeFeed.page, [String(cursor.transaction), cursor.id, Int64(limit)])
            pipeline.execute(ContactStatements.commit)
            let answers = try await run(pipeline, before: attempt.deadline)
            if try cursor != .start && answers[stands].isEmpty { return .done(nil) }
            let changes = try answers[page]
            return .done(ChangeFeed(changes: changes.map(\.change), next: changes.last?.cursor ?? cursor))
        }
    }

    /// Where the feed ends now: behind the newest of the changes that `changes` lists.
    func endOfFeed() async throws(StoreError) -> ChangeCursor {
        try await retrying { attempt in
            var pipeline = Pipeline()
            pipeline.execute(ContactStatements.beginReadCommitted)
            let newest = pipeline.execute(ChangeFeed.newest)
            pipeline.execute(ContactStatements.commit)
            return .done(try await run(pipeline, before: attempt.deadline)[newest].first ?? .start)
        }.value
    }
}

extension ChangeFeed {
    static let statements = [stands.statement, page.statement, newest.statement]

    /// $1 transaction, $2 id, $3 token of a change → a row, if the feed has it.
    fileprivate static let stands = Query(
        "change_stands",
        """
        SELECT FROM change WHERE transaction_id = $1::xid8 AND id = $2::bigint AND token = $3::uuid
        """
    ) { _ in }

    /// $1, $2 transaction and id of the change seen last, $3 how many → those behind it, and the rest of the last one's
    /// transaction.
    ///
    /// Ids are given out before the commit, so an order by id has gaps that are filled later, and a follower that has
    /// gone past one never comes back. So the order is that of transactions, and only what is older than the
    /// oldest of them that still runs is shown: to that part nothing can be added any more. (That no change is of a
    /// transaction still to come, `RestoreCheck` sees to.)
    fileprivate static let page = Query(
        "change_feed",
        """
        WITH page AS (
            SELECT transaction_id FROM change
             WHERE (transaction_id, id) > ($1::xid8, $2::bigint)
               AND transaction_id < pg_snapshot_xmin(pg_current_snapshot())
             ORDER BY transaction_id, id
             LIMIT $3::bigint)
        SELECT id, kind, primary_id, other_id, array_to_string(contact_ids, ','),
               \(Timestamp.text(of: "changed_at")), transaction_id, token
          FROM change
         WHERE (transaction_id, id) > ($1::xid8, $2::bigint)
           AND transaction_id <= (SELECT transaction_id FROM page ORDER BY transaction_id DESC LIMIT 1)
         ORDER BY transaction_id, id
        """
    ) { columns in
        let change = try Change(&columns)
        let cursor = ChangeCursor(
            transaction: try columns.transactionID(), id: change.id, token: try columns.text())
        return (change: change, cursor: cursor)
    }

    /// → the cursor behind the last change that `page` shows, if there is one.
    fileprivate static let newest = Query(
        "newest_change",
        """
        SELECT transaction_id, id, token FROM change
         WHERE transaction_id < pg_snapshot_xmin(pg_current_snapshot())
         ORDER BY transaction_id DESC, id DESC
         LIMIT 1
        """
    ) { columns in
        ChangeCursor(
            transaction: try columns.transactionID(), id: try columns.integer(), token: try columns.text())
    }
}

extension Change {
    fileprivate init(_ columns: inout Columns) throws {
        id = try columns.integer()
        let (kind, primary, other) = (try columns.text(), try columns.integer(), columns.integerOrNull())
        let contacts = columns.textOrNull()?.split(separator: ",").compactMap { ContactID($0) } ?? []
        self.kind =
            switch (kind, other) {
            case ("merged", let absorbed?): .merged(primary: primary, absorbed: absorbed)
            case ("parted", let from?): .parted(primary: primary, from: from, contacts: contacts)
            case ("erased", _): .erased(contacts: contacts)
            default: throw DatabaseError(.unreadable, "a change is of no known kind")
            }
        at = try columns.text()
    }
}
