internal import Identifiers
public import Identity
public import Logging
public import PostgreSQL

/// What can be set, by environment variables (12-factor) or a file of them.
public struct Settings: Sendable {
    public var databaseURL = ""
    /// Empty for none.
    public var readDatabaseURL = ""
    public var readMaximumLag = Duration.zero
    public var workers = 0
    public var connections = 0
    public var requestDeadline = Duration.zero
    public var upstreamTimeout = Duration.zero
    public var shutdownDeadline = Duration.zero
    public var identifierRule = RuleSettings(libraries: .loaded())
    public var invalidIdentifiers = InvalidIdentifiers.ignore
    public var primaryIDKeys = PrimaryIDKeys.both
    public var logLevel = Logger.Level.info
    public var blockedIdentifiersFile = ""
    public var maximumClusterSize = 0
    public var runtimeDirectory = ""
    /// As the FastCGI specification writes them.
    public var webServers = ""
    public var apiKeysFile = ""
    public var allowsAnonymous = false
    public var allowedOrigins: Set<Origin> = []

    /// One variable: its name, its default, and what it means.
    public struct Variable: Sendable {
        public let name: String
        public let fallback: String
        public let meaning: String
        /// Takes the value over.
        /// - Throws: `Refusal`, with what the value must be.
        fileprivate let apply: @Sendable (inout Settings, String) throws(Refusal) -> Void
    }

    /// All of them, with all defaults. `.env.example` and the README list the same (a test compares).
    public static let variables = [
        Variable(
            name: "DATABASE_URL", fallback: "",
            meaning: "postgres://… or key=value pairs; empty: the PG* variables of libpq"
        ) { settings, text throws(Refusal) in settings.databaseURL = try connectionString(text) },
        Variable(
            name: "READ_DATABASE_URL", fallback: "",
            meaning: "a standby of it, for /lookup, /contacts, export and report; as DATABASE_URL; empty: none"
        ) { settings, text throws(Refusal) in settings.readDatabaseURL = try connectionString(text) },
        Variable(
            name: "READ_MAX_LAG", fallback: "1000",
            meaning: "how old the standby's answers may be, half of REQUEST_DEADLINE at most; milliseconds, 50 to 30000"
        ) { settings, text throws(Refusal) in
            settings.readMaximumLag = .milliseconds(try integer(text, in: 50...30_000))
        },
        Variable(
            name: "WORKERS", fallback: "1",
            meaning: "threads of an instance, each with its own connections; 1 to 64"
        ) { settings, text throws(Refusal) in settings.workers = try integer(text, in: 1...64) },
        Variable(
            name: "CONNECTIONS", fallback: "18",
            meaning: "to PostgreSQL, of each worker, two of them for reading; 3 to 100"
        ) { settings, text throws(Refusal) in settings.connections = try integer(text, in: 3...100) },
        Variable(
            name: "REQUEST_DEADLINE", fallback: "2000",
            meaning: "for a request, retries included; milliseconds, 100 to 60000"
        ) { settings, text throws(Refusal) in
            settings.requestDeadline = .milliseconds(try integer(text, in: 100...60_000))
        },
        Variable(
            name: "UPSTREAM_TIMEOUT", fallback: "5000",
            meaning: "nginx's fastcgi_read_timeout, 500 above REQUEST_DEADLINE at least; milliseconds, 600 to 120000"
        ) { settings, text throws(Refusal) in
            settings.upstreamTimeout = .milliseconds(try integer(text, in: 600...120_000))
        },
        Variable(
            name: "SHUTDOWN_DEADLINE", fallback: "8000",
            meaning: "for requests in progress at SIGTERM; milliseconds, 100 to 600000"
        ) { settings, text throws(Refusal) in
            settings.shutdownDeadline = .milliseconds(try integer(text, in: 100...600_000))
        },
        Variable(
            name: "DEFAULT_REGION", fallback: "",
            meaning: "such as IN (ISO 3166-1 alpha-2): whose phones may lack the country code; fixed at first use"
        ) { settings, text throws(Refusal) in
            if text.isEmpty { return }
            guard let region = IdentifierRule.Region(text) else {
                throw Refusal(
                    mustBe:
                        "the code of a region that has phone numbers, in capitals, such as GB (ISO 3166-1 alpha-2), or empty"
                )
            }
            settings.identifierRule.region = region
        },
        Variable(
            name: "DEFAULT_COUNTRY_CODE", fallback: "",
            meaning: "for databases that were filled with it; a new one takes DEFAULT_REGION"
        ) { settings, text throws(Refusal) in
            if text.isEmpty { return }
            guard let rule = PhoneKeyRule(defaultCountryCode: text) else {
                throw Refusal(mustBe: "1 to 3 digits that do not begin with 0, or empty")
            }
            settings.identifierRule.countryCode = rule
            settings.identifierRule.regionOfCountryCode = IdentifierRule.Region(countryCode: rule)
        },
        Variable(
            name: "INVALID_IDENTIFIERS", fallback: "ignore",
            meaning: "ignore: one beside a valid one is left out, and the answer says so; refuse: it is a 400"
        ) { settings, text throws(Refusal) in settings.invalidIdentifiers = try choice(text) },
        Variable(
            name: "PRIMARY_ID_KEYS", fallback: "both",
            meaning: "primaryContactId, primaryContatctId or both, in answers"
        ) { settings, text throws(Refusal) in settings.primaryIDKeys = try choice(text) },
        Variable(
            name: "BLOCKED_IDENTIFIERS_FILE", fallback: "",
            meaning: "a file of e-mails and phones to ignore, besides those of the built-in list; read again on SIGHUP"
        ) { settings, text throws(Refusal) in settings.blockedIdentifiersFile = text },
        Variable(
            name: "MAX_CLUSTER_SIZE", fallback: "1000",
            meaning: "contacts of one customer: the phone of a request that would make more is left out; 2 to 1000000"
        ) { settings, text throws(Refusal) in settings.maximumClusterSize = try integer(text, in: 2...1_000_000) },
        Variable(
            name: "API_KEYS_FILE", fallback: "",
            meaning: "keys of callers, made by identityd key new; read again on SIGHUP"
        ) { settings, text throws(Refusal) in settings.apiKeysFile = text },
        Variable(
            name: "ALLOW_ANONYMOUS", fallback: "false",
            meaning: "true: accept unauthenticated requests, without API_KEYS_FILE"
        ) { settings, text throws(Refusal) in settings.allowsAnonymous = try boolean(text) },
        Variable(
            name: "ALLOWED_ORIGINS", fallback: "",
            meaning: "sites whose pages may call from a browser, such as https://shop.example; separated by commas"
        ) { settings, text throws(Refusal) in
            let origins = text.split { $0 == "," || $0 == " " }.map { Origin($0) }
            guard !origins.contains(nil) else {
                throw Refusal(
                    mustBe: "origins, each scheme://host[:port] without a path, with commas or spaces between")
            }
            settings.allowedOrigins = Set(origins.compactMap(\.self))
        },
        Variable(
            name: "FCGI_WEB_SERVER_ADDRS", fallback: "",
            meaning: "IPv4 addresses of the hosts that may connect over TCP, separated by commas; a TCP socket needs it"
        ) { settings, text throws(Refusal) in settings.webServers = text },
        Variable(
            name: "RUNTIME_DIRECTORY", fallback: "",
            meaning: "where instances of one socket share their metrics; systemd sets it; empty: each has its own"
        ) { settings, text throws(Refusal) in settings.runtimeDirectory = text },
        Variable(
            name: "LOG_LEVEL", fallback: "info",
            meaning: "trace, debug, info, notice, warning, error or critical"
        ) { settings, text throws(Refusal) in settings.logLevel = try choice(text) },
    ]

    /// - Parameter environment: Variables by name; those that are not settings are ignored. An empty
    ///   one counts as not set.
    /// - Throws: `SettingError` for a bad value, and for a name that is ours but unknown.
    public init(environment: [String: String]) throws(SettingError) {
        if let stray = environment.keys.sorted().first(where: Settings.isMisspelt) {
            throw SettingError(variable: stray, problem: "is not a setting of identityd; see identityd serve --help")
        }
        for variable in Settings.variables {
            let value = environment[variable.name].flatMap { $0.isEmpty ? nil : $0 } ?? variable.fallback
            do {
                try variable.apply(&self, value)
            } catch {
                throw SettingError(variable: variable.name, problem: "must be \(error.mustBe)")
            }
        }
        try checkTogether()
    }

    /// What settings must be to each other.
    private func checkTogether() throws(SettingError) {
        guard identifierRule.region == nil || identifierRule.countryCode == nil else {
            throw SettingError(
                variable: "DEFAULT_COUNTRY_CODE",
                problem: "is for databases that were filled with it, and DEFAULT_REGION for others; set one of them")
        }
        // POST /erase answers when no standby shows the customer any more, and that within its deadline.
        guard standby == nil || readMaximumLag * 2 <= requestDeadline else {
            throw SettingError(
                variable: "READ_MAX_LAG",
                problem: "must be at most half of REQUEST_DEADLINE, for POST /erase waits as long")
        }
        // Else nginx would answer in the service's place, and what it gives up may still be carried out.
        guard requestDeadline + .milliseconds(500) <= upstreamTimeout else {
            throw SettingError(
                variable: "REQUEST_DEADLINE",
                problem:
                    "must be at least 500 below UPSTREAM_TIMEOUT, when nginx gives up; raise UPSTREAM_TIMEOUT and, "
                    + "with it, fastcgi_read_timeout in nginx's server.conf")
        }
    }

    /// What reads may be answered from, besides the database; `nil` for nothing.
    public var standby: StandbyConfiguration? {
        readDatabaseURL.isEmpty
            ? nil : StandbyConfiguration(database: readDatabaseURL, maximumLag: readMaximumLag)
    }

    public static func isKnown(_ name: String) -> Bool {
        variables.contains { $0.name == name }
    }

    /// A name that was meant for us: the environment is full of others' variables, but one that has our
    /// prefix, or is one slip away from a setting, is a mistake that would else go unnoticed.
    private static func isMisspelt(_ name: String) -> Bool {
        if isKnown(name) { return false }
        return name.hasPrefix("IDENTITYD_") || variables.contains { name.isOneSlip(from: $0.name) }
    }
}

/// What becomes of an identifier that is invalid, beside one that is valid.
public enum InvalidIdentifiers: String, CaseIterable, Sendable {
    case ignore
    case refuse
}

/// Under which names an answer holds the primary's id. Both are published contracts: the second is the
/// original task's own slip of the pen, and clients parse it.
public enum PrimaryIDKeys: String, CaseIterable, Sendable {
    case both
    case primaryContactId
    case primaryContatctId
}

/// A setting that can't be used. Names the variable, never its value, which may hold a password.
public struct SettingError: Error, CustomStringConvertible, Equatable, Sendable {
    public let variable: String
    public let problem: String

    public init(variable: String, problem: String) {
        self.variable = variable
        self.problem = problem
    }

    public var description: String { "\(variable) \(problem)" }
}

private struct Refusal: Error {
    let mustBe: String
}

private func connectionString(_ text: String) throws(Refusal) -> String {
    if let requirement = ConnectionConfiguration.requirement(of: text) { throw Refusal(mustBe: requirement) }
    return text
}

private func integer(_ text: String, in range: ClosedRange<Int>) throws(Refusal) -> Int {
    guard let number = Int(text), range.contains(number) else {
        throw Refusal(mustBe: "a whole number from \(range.lowerBound) to \(range.upperBound)")
    }
    return number
}

private func boolean(_ text: String) throws(Refusal) -> Bool {
    guard let boolean = Bool(text) else { throw Refusal(mustBe: "true or false") }
    return boolean
}

private func choice<Choice: RawRepresentable<String> & CaseIterable>(_ text: String) throws(Refusal) -> Choice {
    guard let choice = Choice(rawValue: text) else {
        throw Refusal(mustBe: "one of " + Choice.allCases.map(\.rawValue).joined(separator: ", "))
    }
    return choice
}

extension String {
    /// Whether one letter missing, too many, wrong, or swapped with its neighbour makes one of the other.
    package func isOneSlip(from other: String) -> Bool {
        let (one, other) = (Array(utf8), Array(other.utf8))
        let start = zip(one, other).prefix { $0 == $1 }.count
        let end = min(
            zip(one.reversed(), other.reversed()).prefix { $0 == $1 }.count, min(one.count, other.count) - start)
        let (left, right) = (one[start..<(one.count - end)], other[start..<(other.count - end)])
        return left.count <= 1 && right.count <= 1 || left.count == 2 && left.elementsEqual(right.reversed())
    }
}

/// Of identityd, as `--version` and the metrics say it (Semantic Versioning 2.0.0).
public let version = "0.1.0"
