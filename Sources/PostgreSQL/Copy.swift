internal import CPostgreSQL
internal import EventLoop

extension Connection {
    /// What is handed to libpq at once: it has a buffer of its own, which else would grow to the size of all rows.
    private static let copyPiece = 64 * 1024

    /// Writes many rows with one COPY: all of them, or none and an open transaction rolled back.
    /// - Parameter target: A table and its columns, such as "contact (id, email)".
    public func copy(_ rows: CopyRows, into target: String, before deadline: Deadline) throws(DatabaseError) {
        guard PQsendQuery(handle, "COPY \(target) FROM STDIN") == 1 else { throw lost() }
        try flush(before: deadline)
        guard let ready = try nextResult(before: deadline) else { throw lost() }
        var failure = PQresultStatus(ready.result) == PGRES_COPY_IN ? nil : refusal(ready, of: "COPY \(target)")
        if failure == nil { try send(rows, before: deadline) }

        while let result = try nextResult(before: deadline) {
            failure = failure ?? refusal(result, of: "COPY \(target)")
        }
        if let failure {
            if !isIdle { try run(script: "ROLLBACK", before: deadline) }
            throw failure
        }
    }

    private func send(_ rows: CopyRows, before deadline: Deadline) throws(DatabaseError) {
        for start in stride(from: 0, to: rows.bytes.count, by: Connection.copyPiece) {
            let piece = rows.bytes[start..<min(start + Connection.copyPiece, rows.bytes.count)]
            let sent = piece.withUnsafeBytes { bytes in
                PQputCopyData(handle, bytes.bindMemory(to: CChar.self).baseAddress, Int32(bytes.count))
            }
            guard sent == 1 else { throw lost() }
            try flush(before: deadline)
        }
        guard PQputCopyEnd(handle, nil) == 1 else { throw lost() }
        try flush(before: deadline)
    }

    private func flush(before deadline: Deadline) throws(DatabaseError) {
        while true {
            let left = PQflush(handle)
            guard left >= 0 else { throw lost() }
            if left == 0 { return }
            try wait(for: .writable, before: deadline)
            guard PQconsumeInput(handle) == 1 else { throw lost() }
        }
    }

    private func nextResult(before deadline: Deadline) throws(DatabaseError) -> Rows? {
        while PQisBusy(handle) == 1 {
            try wait(for: .readable, before: deadline)
            guard PQconsumeInput(handle) == 1 else { throw lost() }
        }
        return PQgetResult(handle).map { Rows($0) }
    }
}

/// Rows for COPY … FROM STDIN, in its text format, side by side in one buffer.
public struct CopyRows: Sendable {
    private(set) var bytes: [UInt8] = []
    public private(set) var count = 0
    /// The value in hand.
    private var unescaped: [UInt8] = []

    public init() {}

    /// - Parameter values: One for each column, without NULs: PostgreSQL has no text that holds one.
    public mutating func append(_ values: (any ParameterValue)?...) {
        for (index, value) in values.enumerated() {
            if index > 0 { bytes.append(UInt8(ascii: "\t")) }
            append(value)
        }
        bytes.append(UInt8(ascii: "\n"))
        count += 1
    }

    /// What would end a column or a row, or begin an escape, is escaped (PostgreSQL 15, COPY, Text Format).
    private mutating func append(_ value: (any ParameterValue)?) {
        guard let value else {
            bytes.append(contentsOf: "\\N".utf8)
            return
        }
        unescaped.removeAll(keepingCapacity: true)
        value.write(into: &unescaped)
        for byte in unescaped {
            switch byte {
            case UInt8(ascii: "\\"): bytes.append(contentsOf: "\\\\".utf8)
            case UInt8(ascii: "\t"): bytes.append(contentsOf: "\\t".utf8)
            case UInt8(ascii: "\n"): bytes.append(contentsOf: "\\n".utf8)
            case UInt8(ascii: "\r"): bytes.append(contentsOf: "\\r".utf8)
            default: bytes.append(byte)
            }
        }
    }
}
