import PostgreSQL
import TestSupport
import Testing

@Suite("COPY")
struct CopyTests {
    let connection: Connection

    init() throws {
        connection = try .open()
        try connection.script("CREATE TEMP TABLE seen (n bigint UNIQUE, t text)")
    }

    @Test("writes any text as itself, and NULL as NULL")
    func texts() throws {
        let texts = ["", "\\N", "\\", "\\.", "a\tb\nc\rd", "é😀", "\"{},'", "NULL"]
        var rows = CopyRows()
        for (number, text) in texts.enumerated() { rows.append(Int64(number), text) }
        rows.append(Int64(texts.count), nil)
        #expect(rows.count == texts.count + 1)
        try connection.copy(rows, into: "seen (n, t)", before: .soon)
        let stored = try connection.script("SELECT t FROM seen ORDER BY n")
        #expect((0..<stored.count).map { stored.text($0, 0) } == texts + [nil])
    }

    @Test("of more than any buffer holds writes all rows")
    func many() throws {
        var rows = CopyRows()
        for number in 0..<200_000 { rows.append(Int64(number), "a text to make it long enough: \(number)") }
        try connection.copy(rows, into: "seen (n, t)", before: .soon)
        #expect(try connection.script("SELECT count(*), sum(n) FROM seen").integer(0, 1) == 199_999 * 100_000)
    }

    @Test("of nothing writes nothing")
    func empty() throws {
        try connection.copy(CopyRows(), into: "seen (n, t)", before: .soon)
        #expect(try connection.script("SELECT count(*) FROM seen").integer(0, 0) == 0)
    }

    @Test("that is refused early or late writes nothing, and the connection can be used")
    func refused() throws {
        var rows = CopyRows()
        for number in 0..<100_000 { rows.append(Int64(number), "x") }
        rows.append(Int64(7), "secret")
        #expect(failure { try connection.copy(rows, into: "nowhere (n, t)", before: .soon) }?.sqlState == "42P01")
        try connection.script("BEGIN")
        let error = failure { try connection.copy(rows, into: "seen (n, t)", before: .soon) }
        #expect(error?.sqlState == "23505")
        #expect(error.map { "\($0)".contains("secret") } == false)
        #expect(connection.isAlive)
        #expect(try connection.script("SELECT count(*) FROM seen").integer(0, 0) == 0)
    }

    @Test("ends when its connection does")
    func killed() throws {
        var rows = CopyRows()
        for number in 0..<100_000 { rows.append(Int64(number), "x") }
        try Connection.kill(connection.backend())
        let error = failure { try connection.copy(rows, into: "seen (n, t)", before: .soon) }
        #expect(error?.isConnectionLost == true)
    }

    @Test("arrays are parameters, whatever their texts hold")
    func arrays() throws {
        let texts = ["", "\"", "\\", "{a,b}", "NULL", " x ", "é😀", "a\tb"]
        let rows = try connection.query("SELECT unnest($1::text[])", [ArrayParameter(texts + [nil])])
        #expect((0..<rows.count).map { rows.text($0, 0) } == texts + [nil])
        let numbers = try connection.query(
            "SELECT sum(n) FROM unnest($1::bigint[]) AS n", [ArrayParameter([3, 4, .max - 7])])
        #expect(numbers.integer(0, 0) == .max)
        #expect(try connection.query("SELECT unnest($1::bigint[])", [ArrayParameter([Int64]())]).count == 0)
    }
}
