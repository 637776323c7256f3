internal import PostgreSQL

/// Restores what `StateExport` has written, with the same ids, into a database that holds nothing yet.
///
/// The feed comes first, in transactions of their own, because a page of it never parts what one transaction changed.
/// All the rest is one transaction: until it ends, nobody sees a contact, and where it does not end, the database is as good
/// as empty, but not to be used again.
public final class StateImport {
    /// In rows: what one statement takes.
    private static let batch = 1000

    private let connection: Connection
    private var isBegun = false
    private var table: StateTable?
    private var rows: [Substring] = []
    private var group: Substring?
    public private(set) var contacts = 0

    /// - Parameter database: `postgres://…` or `key=value …`; empty for libpq's PG* variables.
    /// - Throws: `SchemaError`, `StateError`, `DatabaseError`.
    public init(database: String) throws {
        let configuration = ConnectionConfiguration(database: database, applicationName: "identityd import")
        connection = try Connection(configuration, before: .after(.seconds(10)))
        try Schema(of: connection, before: deadline).checkForCommand()
        try connection.prepare(StateTable.allCases.map(\.restore), before: deadline)
        try checkEmpty()
    }

    private var deadline: Deadline { .after(Snapshot.timeout) }

    private func checkEmpty() throws {
        let isEmpty = try connection.run(script: StateImport.isEmpty, before: deadline)[0]
        guard isEmpty else { throw StateError.notEmpty }
    }

    private static let isEmpty = Query(
        """
        SELECT NOT EXISTS (SELECT FROM contact) AND NOT EXISTS (SELECT FROM evidence)
               AND NOT EXISTS (SELECT FROM correction) AND NOT EXISTS (SELECT FROM change)
        """
    ) { $0.bool() }

    /// - Parameter line: The next one of the file.
    /// - Throws: `StateError`, `DatabaseError`.
    public func take(_ line: String) throws {
        if !isBegun {
            guard line == StateExport.header else { throw StateError(firstLine: line) }
            isBegun = true
            return
        }
        guard let table = StateTable.allCases.first(where: { line.hasPrefix($0.prefix) }), line.hasSuffix("}}") else {
            throw StateError.unreadable
        }
        let row = line.dropFirst(table.prefix.count).dropLast()
        if table != self.table {
            try writeRows()
            if table != .identifierRule && table != .change && !isWithinTransaction { try begin() }
            self.table = table
        }
        let group = table == .change ? row.dropFirst(StateTable.group.count).prefix { $0 != "," } : nil
        if rows.count >= StateImport.batch && (group == nil || group != self.group) { try writeRows() }
        self.group = group
        rows.append(row)
        if table == .contact { contacts += 1 }
    }

    /// Behind the last line.
    /// - Throws: `StateError`, `DatabaseError`.
    public func finish() throws {
        guard isBegun else { throw StateError(firstLine: "") }
        try writeRows()
        if !isWithinTransaction { try begin() }
        try connection.run(script: "\(RestoreCheck.countOn) COMMIT", before: deadline)
    }

    private var isWithinTransaction = false

    private func begin() throws {
        try connection.run(
            script: "BEGIN; LOCK TABLE contact, withheld, evidence, correction, kept_apart IN SHARE ROW EXCLUSIVE MODE",
            before: deadline)
        isWithinTransaction = true
    }

    private func writeRows() throws {
        guard let table, !rows.isEmpty else { return }
        let array = "[\(rows.joined(separator: ","))]"
        rows = []
        do {
            _ = try connection.run(table.restore, [array], before: deadline)
        } catch {
            if !error.isAboutValues { throw error }
            throw table == .identifierRule ? StateError.notEmpty : StateError.unreadable
        }
    }
}

/// Why a state can't be restored. Never holds a value of the file.
public struct StateError: Error, CustomStringConvertible, Equatable, Sendable {
    public let description: String

    static let notEmpty = StateError(
        description: """
            the database is in use already; import a state into a new one, behind createdb and identityd migrate
            """)

    static let unreadable = StateError(
        description: """
            the file is not whole, or was changed; what was written of it is of no use: begin with a new database
            """)

    private init(description: String) {
        self.description = description
    }

    fileprivate init(firstLine: String) {
        let version = firstLine.hasPrefix(#"{"identityd":"state","schema":"#) ? firstLine.filter(\.isNumber) : ""
        description =
            version.isEmpty
            ? "the file is no state; write one with identityd export --format state"
            : """
            the state is of schema version \(version), this program needs \(Migration.newest); import it with the identityd that \
            wrote it, and run identityd migrate of this one
            """
    }
}

extension DatabaseError {
    /// data_exception, integrity_constraint_violation.
    fileprivate var isAboutValues: Bool { sqlState?.hasPrefix("22") == true || isIntegrityViolation }
}
