internal import API
public import ContactStore
internal import Identifiers
internal import Identity
public import Settings

/// Sends the rows of a file to the store, in batches, with the result of sending them to /identify one by one.
public struct Import {
    public struct Order: Sendable {
        /// "-" for standard input.
        public var path: String
        /// The name of the column; `nil` for the usual ones.
        public var emailColumn: String?
        /// The name of the column; `nil` for the usual ones.
        public var phoneColumn: String?
        /// Whether rows have no e-mail.
        public var hasNoEmail = false
        /// Whether rows have no phone.
        public var hasNoPhone = false
        /// Between fields; `nil` for what the first line shows.
        public var delimiter: UInt8?
        /// As iconv names it; `nil` for what the byte order mark says, or UTF-8.
        public var encoding: String?
        /// Where rows are written to that are rejected, or of which something is left out.
        public var rejectsPath: String?
        /// To begin where an import of the same file ended, however it did.
        public var resumes = false
        /// To look at every row, and go without a database.
        public var isDry = false

        public init(path: String) {
            self.path = path
        }
    }

    /// After how many rows there is something to tell.
    private static let reportInterval = 1000

    private let order: Order
    private let settings: Settings
    private let rule: DatabaseRule
    private let blocked: BlockedIdentifiers

    /// - Throws: `SettingError`, where the file of blocked identifiers can't be used.
    public init(_ order: Order, settings: Settings) throws(SettingError) {
        self.order = order
        self.settings = settings
        rule = DatabaseRule(settings.identifierRule)
        blocked = try BlockedIdentifiers(settings, rule: rule)
    }

    /// - Parameters:
    ///   - announce: Gets a line for a person, before the first row.
    ///   - report: Called every now and then.
    /// - Throws: `FileError`, `ImportError`, `SchemaError`, `DatabaseError`.
    public func run(announce: (String) -> Void = { _ in }, report: (BulkProgress) -> Void) throws -> ImportTally {
        let file = try InputFile(path: order.path)
        let digest = file.size == nil || order.isDry ? nil : try InputFile.digest(ofFileAt: order.path)
        let text = try InputText(file, encoding: order.encoding)
        let source = try ImportSource(text, order)
        let rejects = try order.rejectsPath.map { path in
            try RejectsFile(path: path, besides: file, of: text, source.rejects)
        }
        var sender =
            order.isDry
            ? nil
            : BatchSender(
                try BatchStore(
                    database: settings.databaseURL, rule: rule, maximumClusterSize: settings.maximumClusterSize),
                digest: digest, rejects: rejects)
        announce(source.summary)
        // By the rule of the database; dry, by that of the settings.
        try blocked.followRule()
        let check = RowCheck(
            columns: source.columns, reader: IdentifierReader(rule.known), blockList: blocked.list)

        var tally = ImportTally()
        if order.resumes, let sender { tally.resumedBehind = try sender.rowsDone() }
        let rows = source.rows(check)
        while let row = try rows.next() {
            tally.rows += 1
            switch row.meaning {
            case .rows(let meanings):
                tally.accepted += 1
                if tally.rows <= tally.resumedBehind { continue }
                for meaning in meanings {
                    try sender?.send(meaning, of: row, number: tally.rows, counting: &tally)
                }
            case .deleted:
                tally.deleted += 1
            case .rejected(let reason):
                tally.rejected += 1
                try rejects?.write(row.written, line: row.line, because: reason, link: row.link)
            }
            if tally.rows.isMultiple(of: Import.reportInterval) {
                report(BulkProgress(tally.rows, "rows", done: file.bytesRead, of: file.size))
            }
        }
        try sender?.finish(counting: &tally)
        try rejects?.close()
        return tally
    }
}

/// How the rows of an import ended.
public struct ImportTally: Equatable, Sendable {
    /// All rows of the file but its header.
    public var rows = 0
    public var rejected = 0
    /// Rows that were imported without their phone, or their link to another row.
    public var partial = 0
    /// Rows that are left out, because they say so.
    public var deleted = 0
    /// Rows that were right in themselves.
    public var accepted = 0
    /// The rows that an earlier import of the same file had done.
    public var resumedBehind = 0
    public var outcomes: [Outcome: Int] = [:]
    /// How often a batch started over.
    public var retries = 0

    public init() {}
}

extension ImportTally: CustomStringConvertible {
    public var description: String {
        let outcomes = Outcome.allCases.map { "\(self.outcomes[$0, default: 0]) \($0.rawValue)" }
        return "\(rows) rows: "
            + (resumedBehind > 0 ? "the first \(resumedBehind) were imported before; " : "")
            + (self.outcomes.isEmpty ? "" : outcomes.joined(separator: ", ") + "; ")
            + (deleted > 0 ? "\(deleted) deleted, left out; " : "")
            + (partial > 0 ? "\(partial) in part; " : "")
            + "\(rejected) rejected"
    }
}
