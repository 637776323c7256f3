extension Connection {
    /// Goes through the rows of a query in bounded memory. In a transaction only.
    /// - Parameters:
    ///   - query: SQL, unprepared and without parameters.
    ///   - patience: For each piece that is fetched.
    ///   - body: Called with the rows at hand, and which of them it is about.
    public func forEachRow(
        of query: String, within patience: Duration, _ body: (_ rows: Rows, _ row: Int) throws -> Void
    ) throws {
        let atOnce = 10_000
        try run(script: "DECLARE every_row NO SCROLL CURSOR FOR \(query)", before: .after(patience))
        while true {
            let rows = try run(script: "FETCH \(atOnce) FROM every_row", before: .after(patience))
            for row in 0..<rows.count { try body(rows, row) }
            if rows.count < atOnce { break }
        }
        try run(script: "CLOSE every_row", before: .after(patience))
    }
}
