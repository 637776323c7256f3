internal import CPostgreSQL

extension Connection {
    /// What is handed to libpq at once: it has a buffer of its own, which else would grow to the size of all rows.
    private static let copyPiece = 64 * 1024

    /// Writes many rows with one COPY: all of them, or none and an open transaction rolled back.
    /// - Parameter target: A table and its columns, such as "contact (id, email)".
    public func copy(_ rows: CopyRows, into target: String, before deadline: Deadline) throws(DatabaseError) {
        guard PQsendQuery(handle, "COPY \(target) FROM STDIN") == 1 else { throw lost() }
        try flush(before: deadline)
        guard let ready = try nextResult(before: deadline) else { throw lost() }
        var failure = PQresultStatus(ready) == PGRES_COPY_IN ? nil : refusal(ready, of: "COPY \(target)")
        PQclear(ready)
        if failure == nil { try send(rows, before: deadline) }

        while let result = try nextResult(before: deadline) {
            failure = failure ?? refusal(result, of: "COPY \(target)")
            PQclear(result)
        }
        if let failure {
            try rollBack(before: deadline)
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
}
