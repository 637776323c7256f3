internal import CPostgreSQL
internal import EventLoop
internal import Glibc

/// One connection to PostgreSQL, for one thread: deliberately not Sendable. Closed when let go of.
///
/// Every wait has a deadline, so libpq is used without blocking. After an error the connection is
/// idle and outside of any transaction, or broken (`DatabaseError.isConnectionLost`).
public final class Connection {
    let handle: OpaquePointer

    /// The socket, to be waited for on an event loop. Not libpq's own descriptor, which libpq closes as soon as it finds
    /// the connection broken: its number could be another connection's before all have let go of it here.
    private(set) var descriptor: Int32 = -1

    /// Connects before `deadline`.
    public init(_ configuration: ConnectionConfiguration, before deadline: Deadline) throws(DatabaseError) {
        if let requirement = ConnectionConfiguration.requirement(of: configuration.database) {
            throw DatabaseError(.disconnected, "the connection string must be \(requirement)")
        }
        if configuration.hasOpenPasswordFile {
            throw DatabaseError(
                .disconnected, "the password file can be read by others, or is not a file: chmod 600 it")
        }
        guard let handle = configuration.withKeywords({ PQconnectStartParams($0, $1, 1) }) else {
            throw DatabaseError(.disconnected, "libpq is out of memory")
        }
        self.handle = handle
        PQsetNoticeProcessor(handle, { _, _ in }, nil)
        PQsetErrorVerbosity(handle, PQERRORS_SQLSTATE)
        try establish(before: deadline)
        PQsetnonblocking(handle, 1)
        descriptor = fcntl(PQsocket(handle), F_DUPFD_CLOEXEC, 0)
        guard descriptor >= 0 else { throw DatabaseError(.disconnected, "no descriptor is left") }
    }

    deinit {
        PQfinish(handle)
        if descriptor >= 0 { close(descriptor) }
    }

    /// Not closed by libpq, nor given up while answers were due.
    var isIdle: Bool {
        PQstatus(handle) == CONNECTION_OK && PQtransactionStatus(handle) == PQTRANS_IDLE
            && PQpipelineStatus(handle) == PQ_PIPELINE_OFF
    }

    /// Whether the server has not gone away meanwhile. Costs one poll(2): on an idle connection
    /// nothing is to be read, and libpq itself notices a closed one only when it is used.
    public var isAlive: Bool {
        // A closed one has no descriptor to poll.
        guard isIdle else { return false }
        var descriptor = pollfd(fd: PQsocket(handle), events: Int16(POLLIN | Connection.pollPeerClosed), revents: 0)
        guard Glibc.poll(&descriptor, 1, 0) != 0 else { return true }
        // A notice or a changed parameter is also readable; only what libpq makes of it tells.
        return PQconsumeInput(handle) == 1 && PQstatus(handle) == CONNECTION_OK
            && descriptor.revents & Int16(Connection.pollPeerClosed | POLLHUP | POLLERR) == 0
    }

    /// The number of its server process, as it was told when it connected: a pooler makes one up.
    public var announcedBackend: Int64 { Int64(PQbackendPID(handle)) }

    /// A parameter that the server reported, such as "server_encoding".
    public func serverParameter(_ name: String) -> String? {
        PQparameterStatus(handle, name).map { String(cString: $0) }
    }

    /// One statement, one round trip.
    public func run(
        _ statement: Statement, _ parameters: Parameters = [], before deadline: Deadline
    ) throws(DatabaseError) -> Rows {
        var pipeline = Pipeline()
        pipeline.execute(statement, parameters)
        return try run(pipeline, before: deadline)[0]
    }

    /// One query, one round trip.
    public func run<Row>(
        _ query: Query<Row>, _ parameters: Parameters = [], before deadline: Deadline
    ) throws -> [Row] {
        try query.read(run(query.statement, parameters, before: deadline))
    }

    /// One round trip for all statements of `pipeline`.
    /// - Returns: The rows of each statement, in order.
    /// - Throws: The first error, after all answers were read and an open transaction rolled back.
    public func run(_ pipeline: Pipeline, before deadline: Deadline) throws(DatabaseError) -> [Rows] {
        var trip = try RoundTrip(on: self, pipeline)
        return try finish(&trip, before: deadline)
    }

    /// Statements without parameters, apart by semicolons and unprepared: for migrations and checks.
    /// - Returns: The rows of the last one.
    @discardableResult
    public func run(script: String, before deadline: Deadline) throws(DatabaseError) -> Rows {
        var trip = try RoundTrip(on: self, script: script)
        guard let last = try finish(&trip, before: deadline).last else { throw lost() }
        return last
    }

    /// A query without parameters, unprepared.
    public func run<Row>(script query: Query<Row>, before deadline: Deadline) throws -> [Row] {
        try query.read(run(script: query.statement.sql, before: deadline))
    }

    /// Prepares statements for `run`, in one round trip.
    public func prepare(_ statements: [Statement], before deadline: Deadline) throws(DatabaseError) {
        var trip = try RoundTrip(on: self, preparing: statements)
        _ = try finish(&trip, before: deadline)
    }

    private func finish(_ trip: inout RoundTrip, before deadline: Deadline) throws(DatabaseError) -> [Rows] {
        while let event = try trip.advance() {
            try wait(for: event, before: deadline)
        }
        return try trip.answers()
    }

    private func establish(before deadline: Deadline) throws(DatabaseError) {
        var state = PGRES_POLLING_WRITING
        while state != PGRES_POLLING_OK {
            guard state != PGRES_POLLING_FAILED, PQstatus(handle) != CONNECTION_BAD else { throw lost() }
            let isReaching = PQstatus(handle) == CONNECTION_STARTED && hasSeveralHosts
            let limit = isReaching ? min(deadline, .after(Connection.hostTimeout)) : deadline
            do {
                try poll(for: state == PGRES_POLLING_READING ? POLLIN : POLLOUT, before: limit)
            } catch {
                guard !deadline.hasPassed else { throw error }
                // Then libpq finds this host's connection reset, and goes on to the next.
                shutdown(PQsocket(handle), Int32(SHUT_RDWR))
            }
            state = PQconnectPoll(handle)
        }
    }

    /// How long one of several hosts may take to answer at all: one that is cut off or has lost its power says nothing, and
    /// connect_timeout is for libpq's blocking calls alone. Two such hosts leave a third its time (`ConnectionAttempt`).
    private static let hostTimeout = Duration.milliseconds(250)

    private var hasSeveralHosts: Bool {
        guard let options = PQconninfo(handle) else { return false }
        defer { PQconninfoFree(options) }
        let values = ConnectionConfiguration.values(of: options)
        return ["host", "hostaddr"].contains { values[$0]?.contains(",") == true }
    }

    /// POLLRDHUP, which Swift's Glibc module leaves out (linux/poll.h).
    private static let pollPeerClosed: Int32 = 0x2000

    func wait(for event: Watch.Event, before deadline: Deadline) throws(DatabaseError) {
        try poll(for: event == .readable ? POLLIN : POLLIN | POLLOUT, before: deadline)
    }

    private func poll(for events: Int32, before deadline: Deadline) throws(DatabaseError) {
        var descriptor = pollfd(fd: PQsocket(handle), events: Int16(events), revents: 0)
        while true {
            let ready = Glibc.poll(&descriptor, 1, deadline.remaining.pollMilliseconds)
            if ready > 0 { return }
            if ready == 0 { throw .noAnswerInTime }
            let code = errno
            guard code == EINTR else { throw DatabaseError(.disconnected, "poll failed with errno \(code)") }
        }
    }
}

// MARK: - Errors

extension Connection {
    func lost() -> DatabaseError {
        DatabaseError(.disconnected, ConnectionFailure.explanation(of: String(cString: PQerrorMessage(handle))))
    }

    func refusal(_ rows: Rows, of statement: String) -> DatabaseError? {
        let result = rows.result
        switch PQresultStatus(result) {
        case PGRES_COMMAND_OK, PGRES_TUPLES_OK, PGRES_EMPTY_QUERY:
            return nil
        case PGRES_PIPELINE_ABORTED:
            return DatabaseError(.disconnected, "a statement was skipped", statement: statement)
        default:
            guard let code = PQresultErrorField(result, Connection.diagSQLState) else { return lost() }
            let sqlState = String(cString: code)
            let text = PQresultErrorField(result, Connection.diagMessagePrimary).map { String(cString: $0) } ?? ""
            // Data exceptions and violated constraints quote the values they are about.
            let mayQuoteValues = sqlState.hasPrefix("22") || sqlState.hasPrefix("23")
            return DatabaseError(
                .refused(sqlState: sqlState),
                mayQuoteValues ? "the server refused a value" : text.singleLine,
                statement: statement)
        }
    }

    // PG_DIAG_SQLSTATE and PG_DIAG_MESSAGE_PRIMARY are character macros (postgres_ext.h), which Swift can't see.
    private static let diagSQLState = Int32(UInt8(ascii: "C"))
    private static let diagMessagePrimary = Int32(UInt8(ascii: "M"))
}

extension String {
    fileprivate var singleLine: String {
        split(whereSeparator: \.isNewline).joined(separator: "; ")
    }
}
