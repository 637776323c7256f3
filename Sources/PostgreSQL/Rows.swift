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
