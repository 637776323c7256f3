internal import PostgreSQL

/// What an instance finds out about its database before it serves.
public enum StartCheck {
    public enum Finding: Sendable {
        /// No reason to give up: workers keep trying.
        case unusable(reason: String)
        /// What needs the newer schema is refused until `identityd migrate` has run.
        case schemaBehind(database: Int, program: Int)
        /// A PostgreSQL setting that makes for retries, as "name = value".
        case lowSetting(String)
    }

    /// - Throws: `SchemaError`, where the database is there and this version can't work with it.
    public static func run(database: String, rule: DatabaseRule, within timeout: Duration) throws -> [Finding] {
        let deadline = Deadline.after(timeout)
        do {
            let configuration = ConnectionConfiguration(database: database, applicationName: "identityd")
            let connection = try Connection.open(configuration, before: deadline)
            try PoolerCheck(configuration).run(on: connection, before: deadline)
            let schema = try Schema.check(connection, rule: rule, before: deadline)
            let behind = schema.version < Migration.newest
            let lowSettings = try connection.run(script: lowSettings, before: deadline)
            return (behind ? [.schemaBehind(database: schema.version, program: Migration.newest)] : [])
                + lowSettings.map(Finding.lowSetting)
        } catch let error as DatabaseError {
            return [.unusable(reason: error.message)]
        }
    }

    /// With the default of 64, reads at 32 connections failed with 53200, and a cluster of 100 contacts
    /// took a lock on the whole table: eight retries a request (docs/operations.md, PostgreSQL).
    private static let leastPredicateLocks = 1024

    private static let lowSettings = Query(
        """
        SELECT name, setting FROM pg_settings
         WHERE name IN ('max_pred_locks_per_transaction', 'max_pred_locks_per_relation')
           AND setting::int BETWEEN 0 AND \(leastPredicateLocks - 1)
         ORDER BY name
        """
    ) { "\(try $0.text()) = \(try $0.text())" }
}
