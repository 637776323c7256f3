import Foundation
import Identity
import PostgreSQL
import Synchronization
import TestSupport
import Testing

@testable import ContactStore

@Suite("Migrating")
struct MigratorTests {
    private func migrate(_ database: TestDatabase) throws -> Int {
        try Migrator(database: database.url).migrate { _ in }
    }

    @Test("brings an empty database to this version, and then does nothing")
    func idempotent() throws {
        let database = try TestDatabase(migrated: false)
        #expect(try migrate(database) == Migration.all.count)
        #expect(try migrate(database) == 0)
    }

    @Test("by eight programs at once is done once")
    func concurrent() throws {
        let database = try TestDatabase(migrated: false)
        let carriedOut = Atomic(0)
        try onThreads(8) { _ in
            carriedOut.add(try Migrator(database: database.url).migrate { _ in }, ordering: .relaxed)
        }
        #expect(carriedOut.load(ordering: .relaxed) == Migration.all.count)
    }

    @Test("dry prints the SQL and changes nothing")
    func dryRun() throws {
        let database = try TestDatabase(migrated: false)
        let sql = try Migrator(database: database.url).dryRun()
        #expect(sql.count == Migration.all.count)
        #expect(sql[0].contains("CREATE TABLE contact "))
        #expect(try database.count("pg_tables WHERE schemaname = 'public'") == 0)
    }

    @Test("refuses a database newer than the program")
    func newer() throws {
        let database = try TestDatabase()
        try database.run("INSERT INTO schema_migration (version, name) VALUES (99, 'future')")
        let error = SchemaError.newer(database: 99, program: Migration.newest)
        #expect(throws: error) { try migrate(database) }
        let told = #expect(throws: StoreError.self) { try TestStore(database).checkReady() }
        #expect(told?.message == "\(error)")
    }

    @Test("is not waited for: a program serves on the schema before its own, and on none before that")
    func oneBehind() throws {
        let database = try TestDatabase()
        let schema = try Schema(of: database.connect(), before: .soon)
        #expect(schema.version == Migration.newest)
        try schema.check(program: Migration.newest + 1)
        let error = SchemaError.older(database: Migration.newest, program: Migration.newest + 2)
        #expect(throws: error) { try schema.check(program: Migration.newest + 2) }
    }

    @Test("names the lowest program that may serve afterwards, and that one serves")
    func oneAhead() throws {
        let database = try TestDatabase()
        let (newest, next) = (Migration.newest, Migration.newest + 1)
        for migration in Migration.all {
            let recorded = try database.run(
                "SELECT lowest_program FROM schema_migration WHERE version = \(migration.version)")
            #expect(recorded.integer(0, 0) == Int64(migration.lowestProgram))
        }
        try database.run("INSERT INTO schema_migration VALUES (\(next), 'next', now(), \(newest))")
        #expect(try TestStore(database).identify("a@x", nil).outcome == .created)
        #expect(throws: SchemaError.newer(database: next, program: newest)) { try migrate(database) }
        try database.run("UPDATE schema_migration SET lowest_program = \(next) WHERE version = \(next)")
        let error = #expect(throws: StoreError.self) { try TestStore(database).checkReady() }
        #expect(error?.message == "\(SchemaError.newer(database: next, program: newest))")
    }

    @Test("is not needed to serve on: a store that began before it has run goes on afterwards")
    func expanding() throws {
        let database = try TestDatabase(migrated: false)
        let behind = Migration.newest - 1
        #expect(try Migrator(database: database.url).migrate(upTo: behind) { _ in } == behind)
        try database.run("INSERT INTO identifier_rule (default_country_code) VALUES ('')")
        let store = try TestStore(database)
        for number in 1...3 { _ = try store.identify("e\(number)@x", "10000\(number)") }
        #expect(try store.identify("e2@x", "100003").outcome == .merged)
        #expect(try store.identify("n@x", "100001").outcome == .linked)
        #expect(try store.lookUp("e3@x", nil).map(\.primaryID) == [2])
        // Commands have time to wait, and the report is one over HTTP, too.
        let error = #expect(throws: StoreError.self) { try store.report(from: SharedReport(database: database.url)) }
        #expect(error?.kind == .notMigrated)

        #expect(try migrate(database) == 1)
        #expect(try store.identify("e1@x", "100003").outcome == .merged)
        try database.settle()
        #expect(try store.changes()?.changes.map(\.other) == [3, 2])
        #expect(try store.report(from: SharedReport(database: database.url)).report.totals.customers == 1)
        #expect(try database.findings() == [])
    }

    @Test("to corrections is not for programs of before: they would not know what may not meet")
    func corrections() throws {
        let database = try before(7)
        let schema = try Schema(of: database.connect(), before: .soon)
        #expect(schema.version == 6)
        #expect(throws: SchemaError.newer(database: 6, program: 5)) { try schema.check(program: 5) }
    }

    @Test("to counts of what is ignored, and to the index of members, lets programs of before go on")
    func expansions() throws {
        let database = try TestDatabase()
        let schema = try Schema(of: database.connect(), before: .soon)
        #expect(schema.version == 7)
        try schema.check(program: 6)
    }

    @Test("makes the index of members anew where it was cut off, and lets requests write meanwhile")
    func members() throws {
        let database = try before(7)
        let store = try TestStore(database)
        for (email, phone) in [("a@x", "111111"), ("b@x", "333333")] { _ = try store.identify(email, phone) }
        // Two contacts have the same: it fails, and leaves what one leaves that was cut off.
        #expect(throws: DatabaseError.self) {
            try database.run("CREATE UNIQUE INDEX CONCURRENTLY contact_members ON contact (link_precedence)")
        }
        let reader = try database.connect()
        let isMigrated = Atomic(false)
        try reader.run(script: "BEGIN; SELECT FROM contact", before: .soon)
        let migration = Background {
            let count = try migrate(database)
            #expect(count == 1)
            isMigrated.store(true, ordering: .relaxed)
        }
        usleep(300_000)
        let isTooSoon = isMigrated.load(ordering: .relaxed)
        #expect(!isTooSoon)
        #expect(try store.identify("a@x", "222222").outcome == .linked)
        try reader.run(script: "COMMIT", before: .soon)
        try migration.join()
        let definition = try database.run(
            """
            SELECT pg_get_indexdef(indexrelid) FROM pg_index
             WHERE indexrelid = 'contact_members'::regclass AND indisvalid
            """)
        #expect(definition.text(0, 0)?.contains("USING hash") == true)
    }

    @Test("makes evidence of what merged customers, and of what an import linked, but for customers that were erased")
    func mergesToEvidence() throws {
        let database = try before(6)
        try database.run(
            """
            INSERT INTO contact (linked_id, link_precedence, email, phone_number, phone_key, owns_email, owns_phone)
            VALUES (NULL, 'primary', 'a@x', '11-11-11', '111111', true, true), (1, 'secondary', 'b@x', NULL, NULL, true, false),
                   (1, 'secondary', NULL, '33-33-33', '333333', false, true),
                   (1, 'secondary', 'd@x', '444444', '444444', true, true),
                   (NULL, 'primary', NULL, '555555', '555555', false, true),
                   (5, 'secondary', NULL, '66-66-66', '666666', false, true),
                   (5, 'secondary', 'g@x', NULL, NULL, true, false);
            INSERT INTO contact (linked_id, link_precedence, owns_email, owns_phone, deleted_at)
            VALUES (NULL, 'primary', false, false, now()), (8, 'secondary', false, false, now());
            INSERT INTO contact_merge (primary_id, absorbed_id, email, phone_number, phone_key)
            VALUES (1, 4, 'd@x', '111111', '111111'), (1, 2, NULL, NULL, NULL), (1, 3, NULL, NULL, NULL),
                   (5, 6, NULL, NULL, NULL), (5, 7, NULL, NULL, NULL), (8, 9, NULL, NULL, NULL)
            """)
        _ = try migrate(database)
        let rows = try database.run(
            """
            SELECT concat_ws(' ', email, other_email, phone_number, phone_key, other_phone_number, other_phone_key)
              FROM evidence ORDER BY id
            """)
        #expect(
            (0..<rows.count).map { rows.text($0, 0) } == [
                "d@x 111111 111111", "a@x b@x", "a@x 33-33-33 333333", "555555 555555 66-66-66 666666",
                "g@x 555555 555555",
            ])
        #expect(try database.count("evidence WHERE id <= 9 OR is_withdrawn OR client IS NOT NULL") == 0)
        #expect(try database.count("change WHERE kind = 'merged'") == 6)
        #expect(try database.findings() == [])
    }

    @Test("keeps no evidence of customers that a program of before erases meanwhile")
    func erasedMeanwhile() throws {
        let database = try before(6)
        try database.run(
            """
            INSERT INTO contact (linked_id, link_precedence, email, phone_number, phone_key, owns_email, owns_phone)
            VALUES (NULL, 'primary', 'a@x', '111111', '111111', true, true), (1, 'secondary', 'b@x', NULL, NULL, true, false);
            INSERT INTO contact_merge (primary_id, absorbed_id) VALUES (1, 2);
            \(Migration.all[5].steps[0]);
            INSERT INTO evidence (email, phone_number, phone_key, other_email)
            VALUES ('a@x', NULL, NULL, 'gone@x'), ('gone@x', '111111', '111111', NULL), ('gone@x', '999999', '999999', NULL)
            """)
        _ = try migrate(database)
        let left = try database.run("SELECT string_agg(concat_ws(' ', email, other_email), ',') FROM evidence")
        #expect(left.text(0, 0) == "a@x b@x")
        #expect(try database.findings() == [])
    }

    @Test("is waited for by the commands, which say what to run")
    func commands() throws {
        let database = try before(Migration.newest)
        let error = SchemaError.older(database: Migration.newest - 1, program: Migration.newest)
        #expect(throws: error) { try database.findings() }
        #expect(throws: error) { try BatchStore(database: database.url, rule: .new, maximumClusterSize: 10) }
    }

    @Test("lets whoever could add contacts add what comes with them from then on")
    func rights() throws {
        let database = try before(6)
        let role = "\"serving \(database.name)\""
        try database.run(
            """
            CREATE ROLE \(role) LOGIN ROLE CURRENT_USER;
            GRANT SELECT, INSERT, UPDATE (linked_id, link_precedence, updated_at) ON contact TO \(role);
            GRANT UPDATE (email, phone_number, phone_key, owns_email, owns_phone, deleted_at) ON contact TO \(role);
            GRANT SELECT, INSERT, UPDATE (email, phone_number, phone_key) ON contact_merge TO \(role);
            GRANT SELECT, INSERT ON identifier_rule TO \(role);
            GRANT SELECT ON schema_migration TO \(role)
            """)
        _ = try migrate(database)
        do {
            let url = database.url + " user='serving \(database.name)'"
            let store = try TestStore(database: url)
            _ = try store.identify("a@x", "111111")
            _ = try store.identify("b@x", "222222")
            #expect(try store.identify("a@x", "222222").outcome == .merged)
            let correction = try store.correct(.unlink(nil, evidence: [3])).records[0].correction.id
            try store.undo([correction])
            try store.correct(.disown(.email(Email(stored: "b@x"))))
            #expect(try store.erase(1) == [1, 2])
            try IgnoredCounts.add([.init(field: "email", reason: "invalid", count: 1)], to: url, within: .seconds(20))
        }
        #expect(try database.findings() == [])
        try database.run("DROP OWNED BY \(role); DROP ROLE \(role)")
    }

    /// As programs of an earlier schema left it.
    private func before(_ version: Int) throws -> TestDatabase {
        let database = try TestDatabase(migrated: false)
        _ = try Migrator(database: database.url).migrate(upTo: version - 1) { _ in }
        return database
    }

    @Test("gives each entry that the feed had a token of its own, however many there are")
    func tokens() throws {
        let database = try TestDatabase(migrated: false)
        _ = try Migrator(database: database.url).migrate(upTo: 3) { _ in }
        try database.run(
            "INSERT INTO contact_merge (primary_id, absorbed_id) SELECT n, n + 1 FROM generate_series(1, 25000) AS n")
        #expect(try migrate(database) == Migration.newest - 3)
        #expect(try database.run("SELECT count(DISTINCT token) FROM change").integer(0, 0) == 25000)
    }

    /// A dump reads the table, and the migration waits for it.
    ///
    ///     dump               migration          request
    ///     SELECT
    ///                        ALTER TABLE
    ///                                           SELECT, answered
    ///     COMMIT
    ///                        done
    @Test("waits for a long transaction without making requests wait behind it")
    func givesWay() throws {
        let database = try TestDatabase(migrated: false)
        _ = try Migrator(database: database.url).migrate(upTo: 3) { _ in }
        let dump = try database.connect()
        try dump.run(script: "BEGIN; SELECT FROM contact_merge", before: .soon)
        let isWaiting = Atomic(false)
        let migration = Background {
            _ = try Migrator(database: database.url).migrate {
                if $0.hasPrefix("waiting") { isWaiting.store(true, ordering: .relaxed) }
            }
        }
        #expect(eventually(within: 60) { isWaiting.load(ordering: .relaxed) })
        // Between two attempts, and during one.
        let request = try database.connect()
        for _ in 0..<4 {
            try request.run(script: "SELECT FROM contact_merge", before: .soon)
            usleep(300_000)
        }
        try dump.run(script: "COMMIT", before: .soon)
        try migration.join()
        #expect(try Schema(of: database.connect(), before: .soon).version == Migration.newest)
    }

    @Test("takes over a database whose record of migrations names no lowest program")
    func recordOfBefore() throws {
        let database = try TestDatabase()
        try database.run("ALTER TABLE schema_migration DROP COLUMN lowest_program")
        try TestStore(database).checkReady()
        #expect(try migrate(database) == 0)
        #expect(try database.run("SELECT max(lowest_program) FROM schema_migration").integer(0, 0) == nil)
    }

    @Test("that failed leaves nothing behind")
    func failed() throws {
        let database = try TestDatabase(migrated: false)
        try database.run("CREATE TABLE contact_merge ()")
        #expect(throws: (any Error).self) { try migrate(database) }
        #expect(try database.count("pg_tables WHERE tablename = 'contact'") == 0)
        #expect(try database.count("schema_migration") == 0)
    }

    @Test("embeds every file of Migrations/, numbered without a gap")
    func files() throws {
        let folder = URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "../../Sources/ContactStore/Migrations")
        let files = try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
        #expect(files == Migration.all.map { "000\($0.version)_\($0.name).sql" })
        #expect(Migration.all.map(\.version) == Array(1...Migration.newest))
        for (file, migration) in zip(files, Migration.all) {
            #expect(try String(contentsOf: folder.appending(path: file), encoding: .utf8) == migration.sql)
        }
    }

    @Test("that was not done is what a store says, with the command that mends it")
    func missing() throws {
        let database = try TestDatabase(migrated: false)
        let error = #expect(throws: StoreError.self) { try TestStore(database).checkReady() }
        #expect(error?.kind == .notMigrated && error?.message == "\(SchemaError.missing)")
        #expect("\(SchemaError.missing)".contains("identityd migrate"))
    }

    @Test("refuses a database that is not encoded in UTF-8")
    func encoding() throws {
        let database = try TestDatabase(migrated: false, encoding: "LATIN1")
        #expect(throws: SchemaError.otherEncoding("LATIN1")) { try migrate(database) }
    }
}
