extension Connection {
    /// Goes through the rows of a query in bounded memory. In a transaction only.
    /// - Parameters:
    ///   - query: Unprepared and without parameters.
    ///   - timeout: For each piece that is fetched.
    public func forEachRow<Row>(of query: Query<Row>, within timeout: Duration, _ body: (Row) throws -> Void) throws {
        let atOnce = 10_000
        try run(script: "DECLARE every_row NO SCROLL CURSOR FOR \(query.statement.sql)", before: .after(timeout))
        while true {
            let rows = try run(script: "FETCH \(atOnce) FROM every_row", before: .after(timeout))
            for row in try query.read(rows) { try body(row) }
            if rows.count < atOnce { break }
        }
        try run(script: "CLOSE every_row", before: .after(timeout))
    }
}
