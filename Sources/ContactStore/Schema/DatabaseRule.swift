public import Identity
internal import PostgreSQL
internal import Synchronization

/// The rule of identifiers that a database keeps: the one that was written down at its first use. It is known from the
/// first session on, and one for all who share the database in a process: a session that finds another is refused.
public final class DatabaseRule: Sendable {
    /// As the database has it.
    public struct Record: Equatable, Sendable {
        public let rule: IdentifierRule
        /// Those of the first use; `nil` of the first rule, which needs none.
        public let libraries: LibraryVersions?
    }

    public let settings: RuleSettings
    private let found = Mutex<Record?>(nil)

    public init(_ settings: RuleSettings) {
        self.settings = settings
    }

    /// `nil` before the first session.
    public var record: Record? { found.withLock { $0 } }

    /// What is to be read by: before the first session, what the settings say.
    public var known: IdentifierRule { record?.rule ?? settings.assumed }

    /// Reads the rule, and writes it down in a database that has none.
    /// - Throws: `SchemaError`, `DatabaseError`.
    func check(_ connection: Connection, before deadline: Deadline) throws {
        var record = try connection.run(script: DatabaseRule.stored, before: deadline).first
        if record == nil {
            if settings.countryCode != nil { throw SchemaError.otherRule(countryCodeOfNew) }
            try connection.run(script: recording, before: deadline)
            record = try connection.run(script: DatabaseRule.stored, before: deadline).first
        }
        guard let record else { throw SchemaError.otherRule("the rule of identifiers was taken away") }
        if let contradiction = contradiction(to: record.rule) { throw SchemaError.otherRule(contradiction) }
        try found.withLock { found in
            if let found, found.rule != record.rule {
                throw SchemaError.otherRule(
                    "identifiers in the database are now read by rule \(record.rule), and were by rule \(found.rule); "
                        + "restart identityd")
            }
            found = record
        }
    }
}

// MARK: - What the settings say to it

extension DatabaseRule {
    /// Why the settings can't be used on a database, and what to set; `nil` where they can.
    private func contradiction(to rule: IdentifierRule) -> String? {
        let isRegionOther = settings.region.map { rule != .plans($0) } ?? false
        let isCodeOther = settings.countryCode.map { rule != .digits($0) } ?? false
        if !isRegionOther && !isCodeOther { return nil }
        let mend =
            switch rule {
            case .plans(let region?): "set DEFAULT_REGION='\(region.code)'"
            case .plans(nil): "leave DEFAULT_REGION empty"
            case .digits(let code) where code == .digitsAsWritten: "leave DEFAULT_COUNTRY_CODE empty"
            case .digits(let code): "set DEFAULT_COUNTRY_CODE='\(code.defaultCountryCode)'"
            }
        let (name, value) =
            isRegionOther
            ? ("DEFAULT_REGION", settings.region!.code)
            : ("DEFAULT_COUNTRY_CODE", settings.countryCode!.defaultCountryCode)
        return
            "identifiers in the database were read by rule \(rule), and those read with \(name)='\(value)' would not "
            + "match them; \(mend), and leave the other setting empty"
    }

    private var countryCodeOfNew: String {
        let region = settings.regionOfCountryCode.map { "'\($0.code)'" } ?? "the code of the phones' region"
        return
            "the database is new, and DEFAULT_COUNTRY_CODE is for those that were filled with it; leave it empty, and set "
            + "DEFAULT_REGION=\(region)"
    }
}

// MARK: - How the database has it

extension DatabaseRule {
    /// In `default_country_code` of the second rule: no program of before can be set to it.
    private static let keepingOut = "identityd of schema 5 or newer"

    /// Codes and versions are ASCII without quotes. Read committed: two programs may come at once.
    private var recording: String {
        """
        BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE;
        INSERT INTO identifier_rule (default_country_code, version, default_region, libphonenumber, icu)
        VALUES ('\(DatabaseRule.keepingOut)', 2, '\(settings.region?.code ?? "")',
                '\(settings.libraries.phoneNumbers)', '\(settings.libraries.unicode)')
        ON CONFLICT DO NOTHING;
        COMMIT
        """
    }

    /// Selects no row in a database that has not been used.
    static let stored = Query(
        "SELECT version, default_country_code, default_region, libphonenumber, icu FROM identifier_rule"
    ) { columns in
        let version = try columns.integer()
        let (code, region) = (try columns.text(), try columns.text())
        let (phoneNumbers, unicode) = (columns.textOrNull(), columns.textOrNull())
        switch version {
        case 1:
            return Record(rule: try digits(code), libraries: nil)
        case 2:
            return Record(
                rule: .plans(region.isEmpty ? nil : IdentifierRule.Region(known: region)),
                libraries: LibraryVersions(phoneNumbers: phoneNumbers ?? "", unicode: unicode ?? ""))
        default:
            throw SchemaError.otherRule(
                "identifiers in the database were read by rule \(version), which this program does not know; install the "
                    + "identityd that wrote them, or a newer one")
        }
    }

    private static func digits(_ code: String) throws -> IdentifierRule {
        guard let rule = PhoneKeyRule(defaultCountryCode: code) else {
            throw SchemaError.otherRule("the rule of identifiers in the database is not one that identityd writes")
        }
        return .digits(rule)
    }
}
