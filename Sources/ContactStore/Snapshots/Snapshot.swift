internal import PostgreSQL

/// One consistent view of the whole database, while the service goes on.
struct Snapshot {
    let connection: Connection
    let schema: Schema
    let deadline: Deadline

    /// How long a command may take: it reads whole tables.
    static let timeout = Duration.seconds(24 * 3600)

    /// Runs `body` in a transaction that changes nothing, and sees nothing of what others change meanwhile. It shows all that was
    /// answered before.
    /// - Parameters:
    ///   - standby: Where to read instead, if it has all of that soon.
    ///   - purpose: The command, as pg_stat_activity names it.
    ///   - timeout: For all of it; PostgreSQL, too, ends a statement that takes as long.
    /// - Throws: `SchemaError`, `DatabaseError`, and what `body` throws.
    static func read<Result>(
        _ database: String, standby: StandbyConfiguration? = nil, for purpose: String,
        within timeout: Duration = Snapshot.timeout, _ body: (Snapshot) throws -> Result
    ) throws -> Result {
        let deadline = Deadline.after(timeout)
        let command = "identityd \(purpose)"
        let primary = try Connection(
            ConnectionConfiguration(database: database, applicationName: command),
            before: deadline.orAfter(.seconds(10)))
        let other = standby?.connection(beside: primary, for: command)
        let connection = other ?? primary
        let schema = try Schema(of: connection, before: deadline)
        try schema.checkForCommand()
        let snapshot = Snapshot(connection: connection, schema: schema, deadline: deadline)
        try snapshot.run("SET statement_timeout = \(timeout / .milliseconds(1))")
        // DEFERRABLE waits for a moment that no running transaction can make untrue, and then neither fails
        // nor makes others fail (PostgreSQL 15, SET TRANSACTION). A standby has no SERIALIZABLE (27.4.1).
        let level = other == nil ? "SERIALIZABLE READ ONLY DEFERRABLE" : "REPEATABLE READ READ ONLY"
        try snapshot.run("BEGIN ISOLATION LEVEL \(level)")
        defer { _ = try? snapshot.run("COMMIT") }
        // Whole tables are joined. Where there are no statistics, as behind a restore, an import or a crash, the planner
        // takes a few rows for what passes two IS NULL, and goes through all of them for each of the others.
        try snapshot.run("SET LOCAL enable_nestloop = off")
        // To compile a query takes a second, which is more than it saves in a small database, and no more in a large one.
        try snapshot.run("SET LOCAL jit = off")
        return try body(snapshot)
    }

    private func run(_ sql: String) throws {
        try connection.run(script: sql, before: deadline)
    }

    func rows<Row>(of query: Query<Row>) throws -> [Row] {
        try connection.run(script: query, before: deadline)
    }

    /// In bounded memory.
    func forEachRow<Row>(of query: Query<Row>, _ body: (Row) throws -> Void) throws {
        try connection.forEachRow(of: query, before: deadline, body)
    }
}
