internal import PostgreSQL

/// What PostgreSQL should be set to for SERIALIZABLE transactions to do their work.
enum ServerSettings {
    /// With the default of 64, reads at 32 connections failed with 53200, and a cluster of 100 contacts
    /// took a lock on the whole table: eight retries a request (measured; README, PostgreSQL).
    private static let leastPredicateLocks: Int64 = 1024

    /// The settings that are lower than they should be, as "name = value".
    /// - Throws: `DatabaseError`.
    static func tooLow(_ connection: Connection, before deadline: Deadline) throws -> [String] {
        let rows = try connection.run(
            script: """
                SELECT name, setting FROM pg_settings
                 WHERE name IN ('max_pred_locks_per_transaction', 'max_pred_locks_per_relation')
                   AND setting::int BETWEEN 0 AND \(leastPredicateLocks - 1)
                 ORDER BY name
                """, before: deadline)
        return (0..<rows.count).map { "\(rows.text($0, 0)!) = \(rows.text($0, 1)!)" }
    }
}
