internal import CPostgreSQL

/// A statement that every connection prepares once, under its name.
public struct Statement: Sendable {
    public let name: String
    public let sql: String

    public init(_ name: String, _ sql: String) {
        self.name = name
        self.sql = sql
    }
}

/// A statement that selects rows, with how each of them is read: the columns and what becomes of them stand together.
public struct Query<Row>: Sendable {
    public let statement: Statement
    @usableFromInline let readRow: @Sendable (inout Columns) throws -> Row

    public init(_ name: String, _ sql: String, _ readRow: @escaping @Sendable (inout Columns) throws -> Row) {
        statement = Statement(name, sql)
        self.readRow = readRow
    }

    /// One that is not prepared.
    public init(_ sql: String, _ readRow: @escaping @Sendable (inout Columns) throws -> Row) {
        self.init("script", sql, readRow)
    }

    /// - Parameter rows: An answer of the statement.
    /// - Throws: `DatabaseError` where a column is not what is read.
    // Inlinable, so that reading a row costs no more than the same code in the caller's module.
    @inlinable
    public func read(_ rows: Rows) throws -> [Row] {
        var read: [Row] = []
        let count = rows.count
        read.reserveCapacity(count)
        for row in 0..<count {
            var columns = Columns(rows, row)
            read.append(try readRow(&columns))
        }
        return read
    }
}

/// The columns of one row, read from left to right.
public struct Columns {
    private let rows: Rows
    private let row: Int
    private var column = -1

    @usableFromInline
    init(_ rows: Rows, _ row: Int) {
        self.rows = rows
        self.row = row
    }

    public mutating func text() throws -> String {
        guard let text = textOrNull() else { throw unreadable }
        return text
    }

    public mutating func textOrNull() -> String? {
        column += 1
        return rows.text(row, column)
    }

    public mutating func integer() throws -> Int64 {
        guard let integer = integerOrNull() else { throw unreadable }
        return integer
    }

    /// `nil` also for what is not a number.
    public mutating func integerOrNull() -> Int64? {
        column += 1
        return rows.integer(row, column)
    }

    /// Of type xid8, which counts up to 2^64.
    public mutating func transactionID() throws -> UInt64 {
        guard let id = UInt64(try text()) else { throw unreadable }
        return id
    }

    public mutating func bool() -> Bool {
        column += 1
        return rows.bool(row, column)
    }

    private var unreadable: DatabaseError {
        DatabaseError(.unreadable, "column \(column + 1) of an answer is not as it should be")
    }
}

extension Connection {
    /// Goes through the rows of a query in bounded memory. In a transaction only.
    /// - Parameter query: Unprepared and without parameters.
    public func forEachRow<Row>(of query: Query<Row>, before deadline: Deadline, _ body: (Row) throws -> Void) throws {
        let atOnce = 10_000
        try run(script: "DECLARE every_row NO SCROLL CURSOR FOR \(query.statement.sql)", before: deadline)
        while true {
            let rows = try run(script: "FETCH \(atOnce) FROM every_row", before: deadline)
            for row in try query.read(rows) { try body(row) }
            if rows.count < atOnce { break }
        }
        try run(script: "CLOSE every_row", before: deadline)
    }
}

/// What one statement answered. Owns libpq's result.
public final class Rows {
    let result: OpaquePointer

    /// Takes over `result`, and clears it in the end.
    init(_ result: OpaquePointer) {
        self.result = result
    }

    deinit {
        PQclear(result)
    }

    public var count: Int { Int(PQntuples(result)) }

    /// How many rows an INSERT, UPDATE or DELETE wrote.
    public var written: Int { Int(String(cString: PQcmdTuples(result))) ?? 0 }

    /// `nil` for NULL.
    public func text(_ row: Int, _ column: Int) -> String? {
        field(row, column).map { String(decoding: $0, as: UTF8.self) }
    }

    /// `nil` for NULL, and for what is no number.
    public func integer(_ row: Int, _ column: Int) -> Int64? {
        field(row, column).flatMap(Int64.init(written:))
    }

    public func bool(_ row: Int, _ column: Int) -> Bool {
        field(row, column)?.first == UInt8(ascii: "t")
    }

    private func field(_ row: Int, _ column: Int) -> UnsafeRawBufferPointer? {
        let (row, column) = (Int32(row), Int32(column))
        if PQgetisnull(result, row, column) == 1 { return nil }
        return UnsafeRawBufferPointer(
            start: PQgetvalue(result, row, column), count: Int(PQgetlength(result, row, column)))
    }
}

extension Int64 {
    /// As PostgreSQL writes a number: digits, with a minus in front or nothing. A row of a cluster has two, and by way of a
    /// `Substring` they cost as much as the rest of it.
    fileprivate init?(written text: UnsafeRawBufferPointer) {
        let isNegative = text.first == UInt8(ascii: "-")
        let digits = text.dropFirst(isNegative ? 1 : 0)
        if digits.isEmpty { return nil }
        var value: Int64 = 0
        for byte in digits {
            guard ("0"..."9").contains(Unicode.Scalar(byte)) else { return nil }
            let (tens, isTooLarge) = value.multipliedReportingOverflow(by: 10)
            let digit = Int64(byte - UInt8(ascii: "0"))
            let (sum, overflows) = tens.addingReportingOverflow(isNegative ? -digit : digit)
            if isTooLarge || overflows { return nil }
            value = sum
        }
        self = value
    }
}
