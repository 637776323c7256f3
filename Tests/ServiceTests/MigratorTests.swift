import Foundation
import Identity
import Synchronization
import TestSupport
import Testing

@testable import Service

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
        #expect(throws: error) { try ContactStore(database).checkReady() }
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
            .appending(path: "../../Sources/Service/Migrations")
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
        #expect(throws: SchemaError.missing) { try ContactStore(database).checkReady() }
        #expect("\(SchemaError.missing)".contains("identityd migrate"))
    }

    @Test("keeps the phone key rule of the first use, and refuses another")
    func phoneKeyRule() throws {
        let database = try TestDatabase()
        func ready(_ code: String) throws {
            let rule = try #require(PhoneKeyRule(defaultCountryCode: code))
            try ContactStore(
                database: database.url, phoneKeyRule: rule, requestDeadline: .seconds(5), maximumClusterSize: 1000
            ).checkReady()
        }
        try ready("91")
        try ready("91")
        #expect(throws: SchemaError.otherPhoneKeyRule(database: "91", program: "")) { try ready("") }
    }

    @Test("refuses a database that is not encoded in UTF-8")
    func encoding() throws {
        let database = try TestDatabase(migrated: false, encoding: "LATIN1")
        #expect(throws: SchemaError.otherEncoding("LATIN1")) { try migrate(database) }
    }
}
