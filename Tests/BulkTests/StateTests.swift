import Bulk
import ContactStore
import Foundation
import Identity
import PostgreSQL
import Settings
import TestSupport
import Testing

@Suite("A state")
struct StateTests {
    private let database: TestDatabase
    private let path = NSTemporaryDirectory() + "state-\(UUID())"

    init() throws {
        database = try TestDatabase()
        let store = try TestStore(database)
        _ = try store.identify("a@x", "111111")
        _ = try store.identify("\"b\"@x", "22-22-22")
        _ = try store.identify("a@x", "222222")
        _ = try store.identify("c@x", "111111")
        _ = try store.identify("d@x", "444444")
        _ = try store.identify("é@x", "555555")
        let pair = IdentifierPair(.email(Email(stored: "a@x")), .phone(Phone(stored: "222222", key: "222222")))
        let unlinked = try store.correct(.unlink(pair, evidence: []), note: "ticket \"88\"\n✓").records[0].correction.id
        try store.correct(.disown(.email(Email(stored: "d@x"))))
        try store.undo([unlinked])
        try store.correct(.unlink(pair, evidence: []))
        _ = try store.erase("é@x", nil)
        try database.settle()
    }

    private func export() throws {
        try State.export(
            Settings(environment: ["DATABASE_URL": database.url]), to: open(path, O_WRONLY | O_CREAT | O_TRUNC, 0o600),
            name: path)
    }

    @Test("is restored with the same ids, evidence, corrections and feed, and goes on behind them")
    func restored() throws {
        try export()
        let other = try TestDatabase()
        #expect(try State.restore(from: path, into: other.url) == 6)

        #expect(try other.everything() == database.everything())
        #expect(try other.findings() == [])
        try other.settle()
        let (before, after) = (try TestStore(database), try TestStore(other))
        #expect(try after.changes()?.changes.map(\.kind) == before.changes()?.changes.map(\.kind))
        #expect(try after.identify("n@x", nil).cluster?.primaryID == before.identify("n@x", nil).cluster?.primaryID)
        let last = try #require(try before.corrections().last?.correction.id)
        #expect(try after.undo([last]).customers.map(\.primaryID) == before.undo([last]).customers.map(\.primaryID))
        #expect(try other.everything() == database.everything())
    }

    @Test("parts no transaction of the feed, and has pages of it")
    func pages() throws {
        try database.run(
            """
            DELETE FROM change;
            INSERT INTO change (primary_id, other_id, transaction_id)
            SELECT n, n + 1, (n / 3 + 3)::text::xid8 FROM generate_series(1, 2500) AS n
            """)
        try export()
        let other = try TestDatabase()
        _ = try State.restore(from: path, into: other.url)
        let sizes = try other.run("SELECT count(*) FROM change GROUP BY transaction_id ORDER BY min(id)")
        let counts = (0..<sizes.count).map { sizes.integer($0, 0)! }
        #expect(counts.reduce(0, +) == 2500 && counts.count == 3 && counts.allSatisfy { $0 <= 1002 }, "\(counts)")
        let others = try other.run(
            "SELECT string_agg(other_id::text, ',' ORDER BY transaction_id, id) FROM change"
        ).text(0, 0)
        #expect(others == (2...2501).map(String.init).joined(separator: ","))
    }

    @Test("goes into no database that is in use, and none is made of another file, or of a piece of one")
    func refused() throws {
        try export()
        #expect(throws: StateError.self) { try State.restore(from: path, into: database.url) }
        let text = try String(contentsOfFile: path, encoding: .utf8)
        for broken in [
            "a,b\n1,2\n", text.replacing(#""schema":7"#, with: #""schema":6"#), String(text.dropLast(20)), "",
        ] {
            try broken.write(toFile: path, atomically: true, encoding: .utf8)
            let other = try TestDatabase()
            #expect(throws: (any Error).self) { try State.restore(from: path, into: other.url) }
            #expect(try other.count("contact") == 0)
        }
    }

    @Test("of one identifier rule goes into no database that has another")
    func rule() throws {
        try export()
        let other = try TestDatabase()
        try other.run(
            "INSERT INTO identifier_rule (default_country_code, version, default_region) VALUES ('x', 2, 'US')")
        #expect(throws: StateError.self) { try State.restore(from: path, into: other.url) }
    }
}
