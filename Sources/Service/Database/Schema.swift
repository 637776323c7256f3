internal import Identity
internal import PostgreSQL

/// A database that is reached, and that this version can't work with. Says what mends it.
public enum SchemaError: Error, CustomStringConvertible, Equatable, Sendable {
    case missing
    case older(database: Int, program: Int)
    case newer(database: Int, program: Int)
    case otherPhoneKeyRule(database: String, program: String)
    case otherEncoding(String)

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
        }
    }
}

/// Whether a database is one that this program can work with.
enum Schema {
    /// - Throws: `SchemaError`, `DatabaseError`.
    static func check(_ connection: Connection, phoneKeyRule: PhoneKeyRule, before deadline: Deadline) throws {
        try checkVersion(connection, before: deadline)
        try fix(phoneKeyRule, connection, before: deadline)
    }

    /// - Throws: `SchemaError`, `DatabaseError`.
    static func checkVersion(_ connection: Connection, before deadline: Deadline) throws {
        let (database, program) = (try version(connection, before: deadline), Migration.newest)
        guard database > 0 else { throw SchemaError.missing }
        guard database >= program else { throw SchemaError.older(database: database, program: program) }
        guard database <= program else { throw SchemaError.newer(database: database, program: program) }
    }

    /// The newest migration that was carried out; 0 where there is none.
    /// - Throws: `SchemaError.otherEncoding`, `DatabaseError`.
    static func version(_ connection: Connection, before deadline: Deadline) throws -> Int {
        let encoding = connection.serverParameter("server_encoding") ?? "UTF8"
        guard encoding == "UTF8" else { throw SchemaError.otherEncoding(encoding) }
        let table = try connection.run(script: "SELECT to_regclass('schema_migration') IS NOT NULL", before: deadline)
        guard table.bool(0, 0) else { return 0 }
        let newest = try connection.run(script: "SELECT max(version) FROM schema_migration", before: deadline)
        return newest.integer(0, 0).map(Int.init) ?? 0
    }

    /// Whoever comes first writes the rule down; everybody else has to have the same.
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
