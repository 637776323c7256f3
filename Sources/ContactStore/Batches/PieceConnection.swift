internal import PostgreSQL

/// The session of a command that does its work in pieces, beside the requests of a service. It is opened when it is needed,
/// and again after it was let go of.
final class PieceConnection {
    /// For one statement: none takes seconds, but where the machine is busy.
    private static let timeout = Duration.seconds(60)

    /// What waits for a lock holds others', for which requests wait: so not for long.
    private static let settings = """
        \(ContactStatements.planning)
        SET lock_timeout = '100ms';
        SET idle_in_transaction_session_timeout = '10s';
        """

    private let configuration: ConnectionConfiguration
    private let poolerCheck: PoolerCheck
    private let rule: DatabaseRule
    private let settings: String
    private let statements: [Statement]
    private var current: Connection?

    /// - Parameters:
    ///   - command: The name of the session, for those who look at the database.
    ///   - settings: Beside those of every such command, as SQL.
    ///   - statements: Prepared for `run`.
    /// - Throws: `SchemaError`, `DatabaseError`.
    init(
        database: String, rule: DatabaseRule, command: String, settings: String = "", preparing statements: [Statement]
    ) throws {
        configuration = ConnectionConfiguration(database: database, applicationName: command)
        poolerCheck = PoolerCheck(configuration)
        self.rule = rule
        self.settings = PieceConnection.settings + settings
        self.statements = statements
        _ = try connection()
    }

    /// Lets go of a session that failed.
    func drop() {
        current = nil
    }

    func run(_ statement: Statement, _ parameters: Parameters = []) throws {
        _ = try connection().run(statement, parameters, before: deadline)
    }

    func run<Row>(_ query: Query<Row>, _ parameters: Parameters) throws -> [Row] {
        try connection().run(query, parameters, before: deadline)
    }

    func run(_ pipeline: Pipeline) throws -> [Rows] {
        try connection().run(pipeline, before: deadline)
    }

    func copy(_ rows: CopyRows, into target: String) throws {
        if rows.count > 0 { try connection().copy(rows, into: target, before: deadline) }
    }

    func rollBack() throws {
        try connection().run(script: "ROLLBACK", before: deadline)
    }

    private var deadline: Deadline { .after(PieceConnection.timeout) }

    private func connection() throws -> Connection {
        if let current { return current }
        let connection = try Connection(configuration, before: .after(.seconds(10)))
        try poolerCheck.run(on: connection, before: deadline)
        try Schema.check(connection, rule: rule, before: deadline).checkForCommand()
        try connection.run(script: settings, before: deadline)
        try connection.prepare(statements, before: deadline)
        current = connection
        return connection
    }
}
