import Identity
import TestSupport
import Testing

@testable import ContactStore

@Suite("A database behind a restore")
struct RestoreTests {
    let database: TestDatabase
    /// It was there before, and goes on.
    let store: TestStore

    init() throws {
        database = try TestDatabase()
        store = try TestStore(database)
        for number in 1...30 { _ = try store.identify("e\(number)@x", "\(100000 + number)") }
        _ = try store.identify("e1@x", "100002")
    }

    private func migrate() throws -> [String] {
        var lines: [String] = []
        #expect(try Migrator(database: database.url).migrate { lines.append($0) } == 0)
        return lines
    }

    @Test("of rows alone, without the sequences: said at start and by verify, and mended by migrate")
    func sequencesBehind() throws {
        try database.run("SELECT setval('contact_id_seq', 2), setval('change_id_seq', 1, false)")
        let error = try #require(throws: StoreError.self) { try TestStore(database).checkReady() }
        #expect(error.kind == .notMigrated)
        #expect(error.message?.contains("ids that are in use") == true)
        #expect(error.message?.hasSuffix("run: identityd migrate") == true)
        let findings = try database.findings()
        #expect(findings.count == 1 && findings[0].contains("migrate") && findings[0].hasSuffix(": 1, 31"))

        #expect(try migrate().count == 1)
        #expect(try database.findings() == [])
        #expect(try TestStore(database).identify("new@x", nil).cluster?.primaryID == 32)
    }

    @Test(
        "while the service runs: what needs an id says so at the first clash, and goes on after migrate",
        arguments: [("new@x", nil), ("new@x", "100003"), ("e1@x", "100003")] as [(String, String?)])
    func firstClash(email: String, phone: String?) throws {
        try database.run("SELECT setval('contact_id_seq', 1), setval('change_id_seq', 1, false)")
        let start = ContinuousClock.now
        let error = try #require(throws: StoreError.self) { try store.identify(email, phone) }
        #expect(error.kind == .notMigrated && error.message?.contains("ids that are in use") == true)
        // The store's own deadline is 20 s: it was told, and did not wait for it.
        #expect(ContinuousClock.now - start < .seconds(15))
        #expect(try store.identify("e1@x", "100002").outcome == .known)

        #expect(try migrate().count == 1)
        #expect(try store.identify(email, phone).outcome != .known)
        #expect(try database.findings() == [])
    }

    @Test("from another cluster, whose transactions were ahead: not served before migrate")
    func changesAhead() throws {
        try database.run("UPDATE change SET transaction_id = '900000000000'")
        let error = try #require(throws: StoreError.self) { try TestStore(database).checkReady() }
        #expect(error.message?.contains("transaction ids") == true)
        #expect(try database.findings().count == 1)
        #expect(try migrate().count == 1)
        #expect(try database.findings() == [])
        try TestStore(database).checkReady()
    }

    @Test("is not seen where there was none: ids that were left out, and a sequence that was set higher")
    func falseAlarms() throws {
        try database.run("SELECT nextval('contact_id_seq'), nextval('contact_id_seq')")
        try TestStore(database).checkReady()
        try database.run("ALTER SEQUENCE contact_id_seq RESTART WITH 100")
        try TestStore(database).checkReady()
        #expect(try migrate() == [])
        #expect(try store.identify("new@x", nil).cluster?.primaryID == 100)
    }
}
