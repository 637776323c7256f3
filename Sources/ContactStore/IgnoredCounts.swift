internal import PostgreSQL

/// How many identifiers counted as absent in requests: what callers send that is of no use. Statistics, which name nobody. They
/// are kept by day (UTC), and are no part of the state that is exported.
public struct IgnoredCounts: Sendable {
    public struct Count: Equatable, Sendable {
        public let field: String
        /// Perhaps one that only another version of this program has.
        public let reason: String
        public let count: Int64

        public init(field: String, reason: String, count: Int64) {
            self.field = field
            self.reason = reason
            self.count = count
        }
    }

    /// The first day that is counted, in ISO 8601: that of the migration that brought the counts, or the first of the last 30.
    public let since: String
    /// The greatest first.
    public let counts: [Count]

    private static let daysReported = 30
    private static let daysKept = 90

    private static let today = "(now() AT TIME ZONE 'UTC')::date"

    static let firstDay = Query(
        """
        SELECT to_char(greatest((applied_at AT TIME ZONE 'UTC')::date, \(today) - \(daysReported - 1)), 'YYYY-MM-DD')
          FROM schema_migration WHERE version = 7
        """
    ) { try $0.text() }

    static let recent = Query(
        """
        SELECT field, reason, sum(count)::bigint FROM ignored WHERE day > \(today) - \(daysReported)
         GROUP BY field, reason ORDER BY sum(count) DESC, field, reason
        """
    ) { columns in
        Count(field: try columns.text(), reason: try columns.text(), count: try columns.integer())
    }
}

// MARK: - Counting

extension IgnoredCounts {
    /// Adds to those of today, and drops what is old. On a connection of its own; blocks.
    /// - Parameters:
    ///   - counts: Fields and reasons by our own names.
    ///   - database: `postgres://…` or `key=value …`; empty for libpq's PG* variables.
    /// - Throws: `SchemaError`, `DatabaseError`. Nothing was added then, unless the connection broke at the very end.
    public static func add(_ counts: [Count], to database: String, within timeout: Duration) throws {
        let deadline = Deadline.after(timeout)
        let connection = try Connection(
            ConnectionConfiguration(database: database, applicationName: "identityd ignored"), before: deadline)
        try Schema(of: connection, before: deadline).checkForCommand()
        try connection.prepare([begin, limit, insert, drop, ContactStatements.commit], before: deadline)
        var pipeline = Pipeline()
        pipeline.execute(begin)
        // PostgreSQL gives up first: what is given up here alone may still be added, and then is twice.
        pipeline.execute(limit, ["\(max(deadline.remaining / 2 / .milliseconds(1), 1))"])
        pipeline.execute(
            insert,
            [
                ArrayParameter(counts.map(\.field)), ArrayParameter(counts.map(\.reason)),
                ArrayParameter(counts.map(\.count)),
            ])
        pipeline.execute(drop)
        pipeline.execute(ContactStatements.commit)
        _ = try connection.run(pipeline, before: deadline)
    }

    private static let begin = Statement("begin", "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE")

    /// $1 milliseconds.
    private static let limit = Statement("limit", "SELECT set_config('statement_timeout', $1::text, true)")

    /// $1 fields, $2 reasons, $3 counts. Instances that add at once lock the rows in one order, so that none is in the way of
    /// another for good.
    private static let insert = Statement(
        "count_ignored",
        """
        INSERT INTO ignored (day, field, reason, count)
        SELECT \(today), field, reason, count
          FROM unnest($1::text[], $2::text[], $3::bigint[]) AS counted (field, reason, count)
         ORDER BY field, reason
        ON CONFLICT (day, field, reason) DO UPDATE SET count = ignored.count + excluded.count
        """)

    private static let drop = Statement(
        "drop_old_counts", "DELETE FROM ignored WHERE day < \(today) - \(daysKept)")
}
