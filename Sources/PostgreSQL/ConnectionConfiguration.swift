internal import CPostgreSQL
internal import Glibc

/// Where a connection goes, and what it is when it gets there.
public struct ConnectionConfiguration: Sendable {
    /// `postgres://…` or `key=value …`; empty: libpq's own PG* variables and defaults alone decide.
    public var database: String
    /// Shown in pg_stat_activity.
    public var applicationName: String

    public init(database: String, applicationName: String) {
        self.database = database
        self.applicationName = applicationName
    }

    /// A peer that vanished without a word is noticed within seconds; what the connection string
    /// says of the same keywords wins, because libpq expands `dbname` over what stands before it.
    private var keywords: [(String, String)] {
        [
            ("fallback_application_name", applicationName),
            ("keepalives_idle", "5"), ("keepalives_interval", "2"), ("keepalives_count", "3"),
            ("tcp_user_timeout", "5000"),
            ("dbname", database),
            ("client_encoding", "UTF8"),
        ]
    }

    func withKeywords<R>(
        _ body: (UnsafePointer<UnsafePointer<CChar>?>, UnsafePointer<UnsafePointer<CChar>?>) -> R
    ) -> R {
        let names = keywords.map { UnsafePointer(strdup($0.0)) } + [nil]
        let values = keywords.map { UnsafePointer(strdup($0.1)) } + [nil]
        defer { for string in names + values { free(UnsafeMutablePointer(mutating: string)) } }
        return body(names, values)
    }
}

// MARK: - What it must be

extension ConnectionConfiguration {
    /// What `database` must be, where it is not. Quotes nothing of it.
    ///
    /// An `@` or a `/` in a password that is not written as %40 or %2F ends the password early, and libpq takes the rest for
    /// the host, the port or the database: it would ask for it in DNS, and the server would log it.
    public static func requirement(of database: String) -> String? {
        if database.isEmpty { return nil }
        guard let options = options(of: database) else { return readable }
        guard options["host"].isList(of: isHost), options["hostaddr"].isList(of: isHost),
            options["port"].isList(of: isPort), !isURL(database) || separatesUserFromHost(database)
        else { return readable }
        return nil
    }

    private static let readable = """
        postgres://USER:PASSWORD@HOST:PORT/DATABASE, where %40 stands for an @ in the user name and the password, %2F for a /, \
        %3A for a : and %25 for a %; or key=value pairs, where a value with spaces is in single quotes; a port is 1 to 65535
        """

    /// As libpq tells them apart (PostgreSQL 15, 34.1.1 Connection Strings).
    private static func isURL(_ database: String) -> Bool {
        database.hasPrefix("postgres://") || database.hasPrefix("postgresql://")
    }

    /// Whether no `@` stands elsewhere than before the host.
    private static func separatesUserFromHost(_ url: String) -> Bool {
        let signs = url.indices.filter { url[$0] == "@" }
        let authority = url.drop { $0 != "/" }.dropFirst(2).prefix { $0 != "/" }
        return signs.isEmpty || signs.count == 1 && authority.contains("@")
    }

    private static func isHost(_ text: Substring) -> Bool {
        text.first == "/" || text.first == "@"
            || text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || ".-_:%".contains($0)) }
    }

    private static func isPort(_ text: Substring) -> Bool {
        text.isEmpty || text.allSatisfy { "0"..."9" ~= $0 } && (1...65_535).contains(Int(text) ?? 0)
    }

    /// - Returns: Those that are given, by keyword; `nil` where libpq can't read them. (Its message would quote them.)
    private static func options(of database: String) -> [String: String]? {
        guard let parsed = PQconninfoParse(database, nil) else { return nil }
        defer { PQconninfoFree(parsed) }
        return values(of: parsed)
    }

    /// - Parameter option: The first of libpq's list.
    /// - Returns: Those that have a value, by keyword.
    static func values(of option: UnsafeMutablePointer<PQconninfoOption>) -> [String: String] {
        var values: [String: String] = [:]
        var option = option
        while let keyword = option.pointee.keyword {
            if let value = option.pointee.val { values[String(cString: keyword)] = String(cString: value) }
            option += 1
        }
        return values
    }

    /// Whether it names a password file that libpq would pass over, with a line on standard error at each connection.
    var hasOpenPasswordFile: Bool {
        let options = ConnectionConfiguration.options(of: database)
        guard let path = options?["passfile"] ?? getenv("PGPASSFILE").map({ String(cString: $0) }) else { return false }
        var status = stat()
        return stat(path, &status) == 0 && (status.st_mode & S_IFMT != S_IFREG || status.st_mode & 0o077 != 0)
    }
}

extension String? {
    /// Whether each of what stands between commas is as it must be.
    fileprivate func isList(of isValid: (Substring) -> Bool) -> Bool {
        self?.split(separator: ",", omittingEmptySubsequences: false).allSatisfy(isValid) ?? true
    }
}
