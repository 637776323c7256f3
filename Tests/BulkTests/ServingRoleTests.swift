import Bulk
import ContactStore
import Identity
import PostgreSQL
import Settings
import TestSupport
import Testing

@Suite("The serving role")
struct ServingRoleTests {
    let database: TestDatabase
    let role: String

    init() throws {
        database = try TestDatabase()
        role = "serving \"\(database.name)"
        try database.run("CREATE ROLE \(quoted) LOGIN ROLE CURRENT_USER")
        try Migrator(database: database.url).grant(to: role)
    }

    private var quoted: String { "\"" + role.replacing("\"", with: "\"\"") + "\"" }

    private var url: String { database.url + " user='\(role)'" }

    private func dropRole() throws {
        try database.run("DROP OWNED BY \(quoted); DROP ROLE \(quoted)")
    }

    @Test("can do all that serve, import and verify do")
    func serves() throws {
        do {
            let store = try TestStore(database: url)
            #expect(try store.identify("a@x", "111111").outcome == .created)
            #expect(try store.identify("b@x", "111111").outcome == .linked)
            #expect(try store.identify("c@x", "222222").outcome == .created)
            #expect(try store.identify("a@x", "222222").outcome == .merged)
            #expect(try store.lookUp("a@x", nil).count == 1)
            #expect(try store.changes() != nil)
            try IgnoredCounts.add([.init(field: "email", reason: "invalid", count: 1)], to: url, within: .seconds(20))
            #expect(try CustomerReport(database: url, limit: 1).ignored.counts.count == 1)
            let file = try TemporaryFile("email,phone\nd@x,111111\n")
            let order = Import.Order(path: file.path)
            let tally = try Import(order, settings: Settings(environment: ["DATABASE_URL": url])).run { _ in }
            #expect(tally.outcomes == [.linked: 1])
            #expect(try store.erase(3) == [1, 2, 3, 5])
            #expect(try store.identify("a@x", "111111").outcome == .created)
            let erasure = try PiecewiseErasure(database: url, standby: nil, rule: .new)
            #expect(try erasure.run(6, begin: { _ in }, report: { _, _ in }).contacts == 1)
            #expect(try Verifier(database: url).run().findings == [])
        }
        try dropRole()
    }

    @Test("with the rights that an earlier identityd gave, serves on")
    func earlierRights() throws {
        do {
            try database.run(
                "REVOKE SELECT ON SEQUENCE contact_id_seq, change_id_seq, correction_id_seq FROM \(quoted)")
            #expect(try TestStore(database: url).identify("a@x", "111111").outcome == .created)
        }
        try dropRole()
    }

    @Test("can do nothing else: the server refuses with insufficient_privilege")
    func refused() throws {
        do {
            let connection = try Connection.test(url)
            for sql in [
                "DELETE FROM contact", "TRUNCATE contact", "DROP TABLE contact", "ALTER TABLE contact ADD x int",
                "UPDATE contact SET id = 9", "UPDATE contact SET created_at = now()",
                "UPDATE change SET other_id = 9", "UPDATE change SET changed_at = now()",
                "UPDATE change SET transaction_id = '1'", "DELETE FROM change", "DELETE FROM correction",
                "UPDATE evidence SET email = 'a@x'", "UPDATE kept_apart SET email = 'a@x'",
                "UPDATE contact SET client = 'other'", "UPDATE ignored SET reason = 'other'",
                "UPDATE identifier_rule SET default_country_code = '1'", "DELETE FROM identifier_rule",
                "INSERT INTO schema_migration VALUES (9, 'x')", "DROP INDEX contact_owned_email",
                "CREATE TABLE mine ()", "CREATE ROLE other", "SELECT pg_read_file('/etc/passwd')",
                "COPY contact TO PROGRAM 'true'", "SELECT setval('contact_id_seq', 1)",
            ] {
                let error = #expect(throws: DatabaseError.self) {
                    try connection.run(script: sql, before: .soon)
                }
                #expect(error?.sqlState == "42501", "\(sql)")
            }
        }
        try dropRole()
    }
}
