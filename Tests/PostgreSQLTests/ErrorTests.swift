import PostgreSQL
import TestSupport
import Testing

@Suite("An error")
struct ErrorTests {
    let connection: Connection

    init() throws {
        connection = try .open()
    }

    @Test(
        "has the SQLSTATE of the server",
        arguments: [
            ("SELEC 1", "42601"), ("SELECT 1/0", "22012"), ("SELECT nowhere()", "42883"),
            ("DO $$ BEGIN RAISE SQLSTATE '40001'; END $$", "40001"),
            ("DO $$ BEGIN RAISE SQLSTATE '53200'; END $$", "53200"),
        ])
    func sqlState(_ sql: String, _ expected: String) throws {
        let error = try #require(failure { try connection.script(sql) })
        #expect(error.sqlState == expected)
        #expect(error.kind == .refused(sqlState: expected))
        #expect(error.statement == "script")
        #expect(!error.isConnectionLost)
        #expect(connection.isAlive)
        #expect(try connection.query("SELECT 1").integer(0, 0) == 1)
    }

    /// Classes 22 (data exception) and 23 (integrity constraint violation) quote the row in their messages.
    @Test(
        "never quotes the value that it is about",
        arguments: [
            ("SELECT $1::bigint", "22P02"), ("SELECT $1::timestamptz", "22007"),
            ("INSERT INTO customer VALUES ($1)", "23505"), ("INSERT INTO customer VALUES ($1 || '?')", "23514"),
            ("INSERT INTO customer VALUES (nullif($1, $1))", "23502"), ("SELECT 1 / length(left($1, 0))", "22012"),
        ])
    func noValues(_ sql: String, _ expected: String) throws {
        let secret = "mcfly@hillvalley.edu"
        try connection.script(
            """
            CREATE TEMP TABLE customer (email text PRIMARY KEY CHECK (email NOT LIKE '%?'));
            INSERT INTO customer VALUES ('\(secret)')
            """)
        let error = try #require(failure { try connection.query(sql, [secret]) })
        #expect(error.sqlState == expected)
        #expect(!"\(error)".contains("mcfly"))
        #expect(!String(reflecting: error).contains("mcfly"))
    }

    @Test("says which statement it was, in one line")
    func description() throws {
        let broken = Statement("broken", "SELECT\n1 +")
        let error = try #require(failure { try connection.prepare([broken], before: .soon) })
        #expect(error.statement == "broken")
        #expect(error.description.hasSuffix("(statement broken, SQLSTATE 42601)"))
        #expect(!error.description.contains("\n"))
    }

    @Test("in one of several statements to prepare leaves the connection of use")
    func prepare() throws {
        let statements = [Statement("one", "SELECT 1"), Statement("two", "SELEC 2"), Statement("three", "SELECT 3")]
        let error = try #require(failure { try connection.prepare(statements, before: .soon) })
        #expect(error.statement == "two")
        #expect(try connection.query("SELECT 4").integer(0, 0) == 4)
    }

    @Test("in the middle of a script is thrown, and nothing of the script stays")
    func script() throws {
        let error = failure { try connection.script("CREATE TEMP TABLE half (); SELECT 1/0; SELECT 2") }
        #expect(error?.sqlState == "22012")
        #expect(try connection.script("SELECT to_regclass('half')").text(0, 0) == nil)
    }

    @Test("in a script's BEGIN block rolls it back")
    func block() throws {
        let error = failure { try connection.script("BEGIN; CREATE TEMP TABLE half (); SELECT 1/0") }
        #expect(error?.sqlState == "22012")
        #expect(try connection.script("SELECT to_regclass('half')").text(0, 0) == nil)
        #expect(try connection.script("SELECT pg_current_xact_id_if_assigned()").text(0, 0) == nil)
    }
}
