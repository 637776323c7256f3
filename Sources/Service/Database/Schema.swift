internal import Identity
internal import PostgreSQL

/// A database that is reached, and that this version can't work with. Says what mends it.
public enum SchemaError: Error, CustomStringConvertible, Equatable, Sendable {
    case missing
    case older(database: Int, program: Int)
    case newer(database: Int, program: Int)
    case otherPhoneKeyRule(database: String, program: String)
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
        case .newer, .otherPhoneKeyRule, .otherEncoding, .pooled: false
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
        case .otherPhoneKeyRule(let database, let program):
            """
            phone keys in the database were made with DEFAULT_COUNTRY_CODE='\(database)', and keys made with \
            '\(program)' would not match them; set DEFAULT_COUNTRY_CODE='\(database)'
            """
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
        let table = try connection.run(script: "SELECT to_regclass('schema_migration') IS NOT NULL", before: deadline)
        guard table.bool(0, 0) else {
            (version, lowestProgram) = (0, 0)
            return
        }
        // Through JSON, because a table of before has no such column.
        let newest = try connection.run(
            script: """
                SELECT version, coalesce((to_jsonb(schema_migration) ->> 'lowest_program')::integer, version)
                  FROM schema_migration ORDER BY version DESC LIMIT 1
                """, before: deadline)
        version = newest.integer(0, 0).map(Int.init) ?? 0
        lowestProgram = newest.integer(0, 1).map(Int.init) ?? 0
    }

    /// Whether the program may serve: on its own schema, the one before, and those that were made to be served on by it.
    /// - Throws: `SchemaError`.
    func check(program: Int = Migration.newest) throws(SchemaError) {
        guard version > 0 else { throw .missing }
        guard version >= program - 1 else { throw .older(database: version, program: program) }
        guard lowestProgram <= program else { throw .newer(database: version, program: program) }
    }

    /// - Returns: The schema of the database, on which the program may serve.
    /// - Throws: `SchemaError`, `DatabaseError`.
    @discardableResult
    static func check(_ connection: Connection, phoneKeyRule: PhoneKeyRule, before deadline: Deadline) throws -> Schema
    {
        let schema = try Schema(of: connection, before: deadline)
        try schema.check()
        // A hot standby has no SERIALIZABLE (PostgreSQL 15, 27.4.1). It may be promoted any moment.
        guard try !connection.run(script: "SELECT pg_is_in_recovery()", before: deadline).bool(0, 0) else {
            throw DatabaseError.standby
        }
        try RestoreCheck.check(connection, before: deadline)
        try fix(phoneKeyRule, connection, before: deadline)
        return schema
    }

    /// The first program writes the rule down; every other one must have the same.
    private static func fix(_ rule: PhoneKeyRule, _ connection: Connection, before deadline: Deadline) throws {
        let stored = "SELECT default_country_code FROM identifier_rule"
        var rows = try connection.run(script: stored, before: deadline)
        if rows.count == 0 {
            // A code is digits (PhoneKeyRule), so it needs no quoting. Read committed: two may come at once.
            try connection.run(
                script: """
                    BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE;
                    INSERT INTO identifier_rule (default_country_code) VALUES ('\(rule.defaultCountryCode)')
                    ON CONFLICT DO NOTHING;
                    COMMIT
                    """, before: deadline)
            rows = try connection.run(script: stored, before: deadline)
        }
        let code = rows.text(0, 0) ?? ""
        guard code == rule.defaultCountryCode else {
            throw SchemaError.otherPhoneKeyRule(database: code, program: rule.defaultCountryCode)
        }
    }
}
