internal import Glibc
internal import PostgreSQL

/// Brings a database to this version's schema.
public struct Migrator {
    private let connection: Connection

    /// How long a migration may take: an index on a large table takes its time.
    private static let timeout = Duration.seconds(24 * 3600)

    /// - Parameter database: `postgres://…` or `key=value …`; empty for libpq's PG* variables.
    /// - Throws: `DatabaseError`, `SchemaError.pooled`.
    public init(database: String) throws {
        let configuration = ConnectionConfiguration(database: database, applicationName: "identityd migrate")
        connection = try Connection(configuration, before: .after(.seconds(10)))
        try PoolerCheck(configuration).run(on: connection, before: .after(.seconds(10)))
    }

    /// Carries out what is missing, and puts right what a restore left behind (`RestoreCheck`).
    /// - Parameter report: Called with a line about each migration, before it is carried out.
    /// - Returns: How many were carried out.
    /// - Throws: `SchemaError.newer`, `SchemaError.otherEncoding`, `DatabaseError`.
    public func migrate(report: (String) -> Void) throws -> Int {
        let count = try migrate(upTo: Migration.newest, report: report)
        do {
            try RestoreCheck.check(connection, before: .after(Migrator.timeout))
        } catch let error as SchemaError {
            report("repairing: \(error)")
            for script in RestoreCheck.repair { try giveWay(report) { try run(script) } }
        }
        return count
    }

    /// Carries out what is missing up to a version, as an older program would.
    func migrate(upTo newest: Int, report: (String) -> Void) throws -> Int {
        // Held until the connection ends: of two that run at once, one waits and finds nothing left to do. It waits outside of the
        // database: CREATE INDEX CONCURRENTLY would wait for a statement that waits for the lock.
        while try !connection.run(script: Migrator.tryLock, before: .after(Migrator.timeout))[0] { sleep(1) }
        try run("SET lock_timeout = '500ms'")
        let pending = try pending().filter { $0.version <= newest }
        try giveWay(report) { try run(Migrator.record) }
        for migration in pending {
            report("migrating to \(migration.version) (\(migration.name))")
            // A script is one transaction, unless it commits by itself.
            for step in migration.steps.dropLast() { try giveWay(report) { try run(String(step)) } }
            try giveWay(report) {
                try run(
                    """
                    \(migration.steps.last!)
                    INSERT INTO schema_migration (version, name, lowest_program)
                    VALUES (\(migration.version), '\(migration.name)', \(migration.lowestProgram))
                    """)
            }
        }
        return pending.count
    }

    /// Does `work` again, until it gets its locks in time: all others who use the table would wait behind one that waits, as
    /// long as the dump takes that it waits for.
    private func giveWay(_ report: (String) -> Void, _ work: () throws -> Void) throws {
        var hasReported = false
        while true {
            do {
                return try work()
            } catch let error as DatabaseError where error.isLockTimeout {
                if !hasReported { report("waiting until a long transaction lets go of the table") }
                hasReported = true
                sleep(1)
            }
        }
    }

    /// `lowest_program` came later; without it, a migration is for programs of its own version alone.
    private static let record = """
        CREATE TABLE IF NOT EXISTS schema_migration (
            version    integer PRIMARY KEY,
            name       text NOT NULL,
            applied_at timestamptz NOT NULL DEFAULT clock_timestamp());
        ALTER TABLE schema_migration ADD COLUMN IF NOT EXISTS lowest_program integer
        """

    /// Lets `role` do what `serve`, `import`, `erase` and the commands that read do, and nothing else: add contacts,
    /// move and empty them, read.
    /// - Throws: `DatabaseError`: 42704 where there is no such role.
    public func grant(to role: String) throws {
        let role = "\"" + role.replacing("\"", with: "\"\"") + "\""
        try run(
            """
            BEGIN;
            GRANT SELECT, INSERT, UPDATE (linked_id, link_precedence, updated_at) ON contact TO \(role);
            GRANT UPDATE (email, phone_number, phone_key, owns_email, owns_phone, deleted_at) ON contact TO \(role);
            GRANT SELECT, INSERT, UPDATE, DELETE ON withheld TO \(role);
            GRANT SELECT ON written_contact TO \(role);
            GRANT USAGE, SELECT ON SEQUENCE contact_id_seq TO \(role);
            GRANT SELECT ON SEQUENCE change_id_seq, correction_id_seq TO \(role);
            GRANT SELECT, INSERT ON change TO \(role);
            GRANT SELECT, INSERT, DELETE, UPDATE (is_withdrawn) ON evidence TO \(role);
            GRANT SELECT, INSERT, UPDATE ON correction TO \(role);
            GRANT SELECT, INSERT, DELETE, UPDATE (stands) ON kept_apart TO \(role);
            GRANT SELECT, INSERT, DELETE, UPDATE (count) ON ignored TO \(role);
            GRANT SELECT, INSERT ON identifier_rule TO \(role);
            GRANT SELECT, INSERT, UPDATE ON import_progress TO \(role);
            GRANT SELECT ON schema_migration TO \(role);
            COMMIT
            """)
    }

    /// The SQL that `migrate` would carry out, one text for each migration. Changes nothing.
    /// - Throws: As `migrate`.
    public func dryRun() throws -> [String] {
        try pending().map { "-- \($0.version) \($0.name)\n\($0.sql)" }
    }

    private func pending() throws -> [Migration] {
        let schema = try Schema(of: connection, before: .after(Migrator.timeout))
        guard schema.version <= Migration.newest else {
            throw SchemaError.newer(database: schema.version, program: Migration.newest)
        }
        return Migration.all.filter { $0.version > schema.version }
    }

    private func run(_ script: String) throws {
        try connection.run(script: script, before: .after(Migrator.timeout))
    }

    /// "idty" in ASCII. Any number does that no other program locks in the same database.
    private static let tryLock = Query("SELECT pg_try_advisory_lock(\(0x6964_7479))") { $0.bool() }
}

/// One step of the schema: a file of Migrations/, embedded in the binary. A file that was released is never changed.
///
/// Migrations expand and contract, so that no upgrade is an outage: a program of schema N serves on N − 1, too, until
/// the database is migrated, and on every later schema that says that N may (`lowestProgram`). So a migration first adds what
/// the new program uses and the old one does not see; only a later one takes away what no program uses any more.
struct Migration {
    let version: Int
    let name: String
    /// The lowest schema version of a program that may serve on the database once this was carried out.
    let lowestProgram: Int
    let sql: String

    /// What is carried out in one go each: `sql`, parted at lines that begin with "-- step". One that was cut off begins
    /// anew, so all that has more than one step can be done twice.
    var steps: [Substring] { sql.split(separator: #/\n-- step.*\n/#) }

    /// In order. (SwiftPM embeds `0001_contact.sql` as `_001_contact_sql`: a name can't begin with a digit.)
    static let all = [
        Migration(1, "contact", lowestProgram: 1, PackageResources._001_contact_sql),
        Migration(2, "history_and_erasure", lowestProgram: 2, PackageResources._002_history_and_erasure_sql),
        Migration(3, "import", lowestProgram: 3, PackageResources._003_import_sql),
        Migration(4, "feed_token", lowestProgram: 3, PackageResources._004_feed_token_sql),
        Migration(5, "identifier_rule", lowestProgram: 3, PackageResources._005_identifier_rule_sql),
        Migration(6, "corrections", lowestProgram: 6, PackageResources._006_corrections_sql),
        Migration(7, "ignored_and_members", lowestProgram: 6, PackageResources._007_ignored_and_members_sql),
    ]

    static var newest: Int { all.last!.version }

    private init(_ version: Int, _ name: String, lowestProgram: Int, _ file: [UInt8]) {
        self.version = version
        self.name = name
        self.lowestProgram = lowestProgram
        sql = String(decoding: file, as: UTF8.self)
    }
}
