internal import CPostgreSQL

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
        number(row, column)
    }

    func number<Integer: FixedWidthInteger>(_ row: Int, _ column: Int) -> Integer? {
        field(row, column).flatMap { Integer(Substring(decoding: $0, as: UTF8.self)) }
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
