public import PostgreSQL

/// All that is stored, as it is: contacts, also erased ones, evidence, corrections, the feed, the rule of identifiers. `StateImport`
/// makes the same of it in an empty database.
public enum StateExport {
    /// The first line: what the file is, and of which schema.
    static let header = #"{"identityd":"state","schema":\#(Migration.newest)}"#

    /// From one consistent snapshot, while the service goes on.
    /// - Parameters:
    ///   - database: `postgres://…` or `key=value …`; empty for libpq's PG* variables.
    ///   - standby: Where to read instead, if it has all of that soon.
    ///   - body: Gets each line.
    /// - Throws: `SchemaError`, `DatabaseError`, and what `body` throws.
    public static func read(
        _ database: String, standby: StandbyConfiguration? = nil, _ body: (String) throws -> Void
    ) throws {
        try Snapshot.read(database, standby: standby, for: "export") { snapshot in
            try body(header)
            for table in StateTable.allCases { try snapshot.forEachRow(of: table.lines, body) }
        }
    }
}
