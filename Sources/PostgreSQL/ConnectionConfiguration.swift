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

    /// Whether libpq can read it as `database`. (Its own message may quote a password.)
    public static func isValid(database: String) -> Bool {
        if database.isEmpty { return true }
        let options = PQconninfoParse(database, nil)
        defer { PQconninfoFree(options) }
        return options != nil
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
