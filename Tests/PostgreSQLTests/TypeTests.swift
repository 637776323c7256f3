import PostgreSQL
import TestSupport
import Testing

@Suite("Values")
struct TypeTests {
    let connection: Connection

    init() throws {
        connection = try .open()
    }

    @Test(
        "of text come back as they went",
        arguments: ["", " ", "'; DROP TABLE contact; --", "\\x00 %s $1", "é e\u{301} 電話 👩‍👩‍👧‍👦", "\u{1}\t\n\u{7F}"])
    func text(_ text: String) throws {
        let rows = try connection.query("SELECT $1::text, octet_length($1::text)", [text])
        #expect(rows.text(0, 0).map { Array($0.utf8) } == Array(text.utf8))
        #expect(rows.integer(0, 1) == Int64(text.utf8.count))
    }

    @Test("that are NULL are nil, and no empty text")
    func null() throws {
        let rows = try connection.query("SELECT $1::text, $2::text, $3::text", [nil, "", nil])
        #expect(rows.text(0, 0) == nil)
        #expect(rows.text(0, 1)?.isEmpty == true)
        #expect(rows.text(0, 2) == nil)
        #expect(rows.integer(0, 0) == nil)
        #expect(!rows.bool(0, 0))
    }

    @Test("of 1 MB come back whole")
    func large() throws {
        let text = String(repeating: "0123456789abcdé", count: 65_536)
        #expect(try connection.query("SELECT $1::text", [text]).text(0, 0) == text)
    }

    /// Both sides would wait for ever, if the answers were not read while the rest is being sent.
    @Test("of 1 MB, twenty in one pipeline, don't lock up the connection")
    func largePipeline() throws {
        let echo = Statement("echo", "SELECT $1::text")
        try connection.prepare([echo], before: .soon)
        var pipeline = Pipeline()
        for index in 0..<20 {
            pipeline.execute(echo, [String(repeating: "\(index % 10)", count: 1 << 20)])
        }
        let answers = try connection.run(pipeline, before: .soon)
        #expect(answers.map { $0.text(0, 0)?.utf8.count } == Array(repeating: 1 << 20, count: 20))
        #expect(answers[13].text(0, 0)?.first == "3")
    }

    @Test("of integers reach from end to end", arguments: [Int64.min, -1, 0, 1, Int64.max])
    func integer(_ number: Int64) throws {
        #expect(try connection.query("SELECT $1::bigint", [number]).integer(0, 0) == number)
    }

    @Test("that are no integer, or a larger one, are nil", arguments: ["1.5", "''", "'12a'", "9223372036854775808"])
    func noInteger(_ expression: String) throws {
        #expect(try connection.script("SELECT \(expression)").integer(0, 0) == nil)
    }

    @Test("of boolean", arguments: [true, false])
    func bool(_ value: Bool) throws {
        let rows = try connection.query("SELECT $1::boolean, NOT $1::boolean", [value])
        #expect(rows.bool(0, 0) == value)
        #expect(rows.bool(0, 1) == !value)
    }

    @Test("come row by row and column by column")
    func grid() throws {
        let rows = try connection.script("SELECT n, n * n FROM generate_series(1, 3) AS n ORDER BY n")
        #expect(rows.count == 3)
        #expect((0..<3).map { rows.integer($0, 1) } == [1, 4, 9])
        #expect(try connection.script("SELECT 1 WHERE false").count == 0)
    }

    /// A connection may be gone before its rows are: libpq's results stand alone.
    @Test("outlive their connection")
    func outlive() throws {
        let rows = try Connection.open().script("SELECT 'still here'")
        #expect(rows.text(0, 0) == "still here")
    }
}
