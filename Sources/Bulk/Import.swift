internal import API
public import ContactStore
internal import Identifiers
internal import Identity
public import Settings

/// Sends the rows of a CSV file to the store, in batches, with the result of sending them to /identify one by one.
public struct Import {
    public struct Order: Sendable {
        /// "-" for standard input.
        public var path: String
        /// The name of the column; `nil` for "email".
        public var emailColumn: String?
        /// The name of the column; `nil` for "phone" or "phoneNumber".
        public var phoneColumn: String?
        /// Where rejected rows are written to.
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

    /// - Parameter report: Called every now and then.
    /// - Throws: `FileError`, `ImportError`, `SchemaError`, `DatabaseError`.
    public func run(report: (BulkProgress) -> Void) throws -> ImportTally {
        let file = try InputFile(path: order.path)
        let digest = file.size == nil || order.isDry ? nil : try InputFile.digest(ofFileAt: order.path)
        var reader = try CSVReader(file)
        let columns = try ImportColumns(header: reader.header, email: order.emailColumn, phone: order.phoneColumn)
        let rejects = try order.rejectsPath.map { path in try RejectsFile(path: path, besides: file) }
        var sender =
            order.isDry
            ? nil
            : BatchSender(
                try BatchStore(
                    database: settings.databaseURL, rule: rule, maximumClusterSize: settings.maximumClusterSize),
                digest: digest, rejects: rejects)
        // By the rule of the database; dry, by that of the settings.
        try blocked.followRule()
        let check = RowCheck(columns: columns, reader: IdentifierReader(rule.known), blockList: blocked.list)

        var tally = ImportTally()
        if order.resumes, let sender { tally.resumedBehind = try sender.rowsDone() }
        while let row = try reader.next() {
            tally.rows += 1
            do {
                let observation = try check.observation(of: row)
                if tally.rows <= tally.resumedBehind { continue }
                try sender?.send(observation, of: row, number: tally.rows, counting: &tally)
            } catch let rejection as RowCheck.Rejection {
                tally.rejected += 1
                try rejects?.write(row.written, line: row.line, because: rejection.reason)
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
            + "\(rejected) rejected"
    }
}
