internal import PostgreSQL

/// A database that is reached, and that this version can't work with. Says what mends it.
public enum SchemaError: Error, CustomStringConvertible, Equatable, Sendable {
    case missing
    case older(database: Int, program: Int)
    case newer(database: Int, program: Int)
    /// What `DatabaseRule` says, and what to set.
    case otherRule(String)
    case otherEncoding(String)
    /// What `RestoreCheck` found.
    case restored(String)
    /// What `PoolerCheck` found.
    case pooled

    public static let idsInUse = SchemaError.restored("new contacts or merges would get ids that are in use")

    /// Whether `identityd migrate` is all that is needed.
    var isMendedByMigrating: Bool {
        switch self {
        case .missing, .older, .restored: true
        case .newer, .otherRule, .otherEncoding, .pooled: false
        }
    }

    public var description: String {
        switch self {
        case .missing:
            "the database holds no identityd schema; run: identityd migrate"
        case .older(let database, let program):
            "the database is at schema version \(database), this program needs \(program); run: identityd migrate"
        case .newer(let database, let program):
            """
            the database is at schema version \(database), this program knows only \(program); \
            install the identityd that migrated it, or a newer one
            """
        case .otherRule(let problem):
            problem
        case .otherEncoding(let encoding):
            "the database is encoded in \(encoding); create one with: createdb --encoding=UTF8 --template=template0"
        case .restored(let problem):
            "\(problem), as after a restore; run: identityd migrate"
        case .pooled:
            """
            DATABASE_URL leads to a pooler that shares server processes between connections, and identityd keeps \
            settings and prepared statements in its sessions; set pool_mode = session in PgBouncer, or go to PostgreSQL directly
            """
        }
    }
}

/// The schema of a database, and whether this program can work with it.
struct Schema {
    /// The newest migration that was carried out; 0 where there is none.
    let version: Int
    /// The schema version that a program must know to serve on it.
    private let lowestProgram: Int

    /// - Throws: `SchemaError.otherEncoding`, `DatabaseError`.
    init(of connection: Connection, before deadline: Deadline) throws {
        let encoding = connection.serverParameter("server_encoding") ?? "UTF8"
        guard encoding == "UTF8" else { throw SchemaError.otherEncoding(encoding) }
        let isThere = try connection.run(script: Schema.isThere, before: deadline)[0]
        let newest = isThere ? try connection.run(script: Schema.newest, before: deadline).first : nil
        (version, lowestProgram) = newest ?? (0, 0)
    }

    /// Whether it has the index `contact_members`.
    var hasMembers: Bool { version >= 7 }

    private static let isThere = Query("SELECT to_regclass('schema_migration') IS NOT NULL") { $0.bool() }

    /// Through JSON, because a table of before has no such column.
    private static let newest = Query(
        """
        SELECT version, coalesce((to_jsonb(schema_migration) ->> 'lowest_program')::integer, version)
          FROM schema_migration ORDER BY version DESC LIMIT 1
        """
    ) { columns in
        (version: try Int(columns.integer()), lowestProgram: try Int(columns.integer()))
    }

    /// Whether the program may serve: on its own schema, the one before, and those that were made to be served on by it.
    /// - Throws: `SchemaError`.
    func check(program: Int = Migration.newest) throws(SchemaError) {
        guard version > 0 else { throw .missing }
        guard version >= program - 1 else { throw .older(database: version, program: program) }
        guard lowestProgram <= program else { throw .newer(database: version, program: program) }
    }

    /// Whether a command may work on it: on its own schema, and those that were made to be worked on by it. A service goes on
    /// until `identityd migrate` has run; commands have time to wait for it.
    /// - Throws: `SchemaError`.
    func checkForCommand() throws(SchemaError) {
        try check()
        guard version >= Migration.newest else {
            throw .older(database: version, program: Migration.newest)
        }
    }

    /// - Returns: The schema of the database, on which the program may serve.
    /// - Throws: `SchemaError`, `DatabaseError`.
    @discardableResult
    static func check(_ connection: Connection, rule: DatabaseRule, before deadline: Deadline) throws -> Schema {
        let schema = try Schema(of: connection, before: deadline)
        try schema.check()
        // A hot standby has no SERIALIZABLE (PostgreSQL 15, 27.4.1). It may be promoted any moment.
        if try connection.run(script: isInRecovery, before: deadline)[0] { throw DatabaseError.standby }
        try RestoreCheck.check(connection, before: deadline)
        try rule.check(connection, before: deadline)
        return schema
    }

    private static let isInRecovery = Query("SELECT pg_is_in_recovery()") { $0.bool() }
}
