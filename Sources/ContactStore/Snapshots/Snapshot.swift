internal import PostgreSQL

/// One consistent view of the whole database, while the service goes on.
struct Snapshot {
    let connection: Connection
    let schema: Schema

    /// How long one statement may take: they read whole tables.
    static let timeout = Duration.seconds(24 * 3600)

    /// Runs `body` in a transaction that changes nothing, and sees nothing of what others change meanwhile.
    /// - Parameter purpose: The command, as pg_stat_activity names it.
    /// - Throws: `SchemaError`, `DatabaseError`, and what `body` throws.
    static func read<Result>(
        _ database: String, for purpose: String, _ body: (Snapshot) throws -> Result
    ) throws -> Result {
        let connection = try Connection(
            ConnectionConfiguration(database: database, applicationName: "identityd \(purpose)"),
            before: .after(.seconds(10)))
        let schema = try Schema(of: connection, before: .after(timeout))
        try schema.checkForCommand()
        let snapshot = Snapshot(connection: connection, schema: schema)
        // DEFERRABLE waits for a moment that no running transaction can make untrue, and then neither fails
        // nor makes others fail (PostgreSQL 15, SET TRANSACTION).
        try snapshot.run("BEGIN ISOLATION LEVEL SERIALIZABLE READ ONLY DEFERRABLE")
        defer { _ = try? snapshot.run("COMMIT") }
        // Whole tables are joined. Where there are no statistics, as behind a restore, an import or a crash, the planner
        // takes a few rows for what passes two IS NULL, and goes through all of them for each of the others.
        try snapshot.run("SET LOCAL enable_nestloop = off")
        return try body(snapshot)
    }

    private func run(_ sql: String) throws {
        try connection.run(script: sql, before: .after(Snapshot.timeout))
    }

    func rows<Row>(of query: Query<Row>) throws -> [Row] {
        try connection.run(script: query, before: .after(Snapshot.timeout))
    }

    /// In bounded memory.
    func forEachRow<Row>(of query: Query<Row>, _ body: (Row) throws -> Void) throws {
        try connection.forEachRow(of: query, within: Snapshot.timeout, body)
    }
}
