internal import CPostgreSQL
internal import Glibc

/// One connection to PostgreSQL, for one thread: deliberately not Sendable. Closed when let go of.
///
/// Every wait has a deadline, so libpq is used without blocking. After an error the connection is
/// idle and outside of any transaction, or broken (`DatabaseError.isConnectionLost`).
public final class Connection {
    let handle: OpaquePointer

    /// Connects before `deadline`.
    public init(_ configuration: ConnectionConfiguration, before deadline: Deadline) throws(DatabaseError) {
        guard ConnectionConfiguration.isValid(database: configuration.database) else {
            throw DatabaseError(.disconnected, "libpq can't read the connection string")
        }
        guard let handle = configuration.withKeywords({ PQconnectStartParams($0, $1, 1) }) else {
            throw DatabaseError(.disconnected, "libpq is out of memory")
        }
        self.handle = handle
        PQsetNoticeProcessor(handle, { _, _ in }, nil)
        try establish(before: deadline)
        PQsetnonblocking(handle, 1)
    }

    deinit {
        PQfinish(handle)
    }

    /// Whether the server has not gone away meanwhile. Costs one poll(2): on an idle connection
    /// nothing is to be read, and libpq itself notices a closed one only when it is used.
    public var isAlive: Bool {
        // Given up while answers were due, or closed by libpq (then there is no descriptor to poll).
        guard PQstatus(handle) == CONNECTION_OK, PQtransactionStatus(handle) == PQTRANS_IDLE,
            PQpipelineStatus(handle) == PQ_PIPELINE_OFF
        else { return false }
        var descriptor = pollfd(fd: PQsocket(handle), events: Int16(POLLIN | Connection.pollPeerClosed), revents: 0)
        guard poll(&descriptor, 1, 0) != 0 else { return true }
        // A notice or a changed parameter is also readable; only what libpq makes of it tells.
        return PQconsumeInput(handle) == 1 && PQstatus(handle) == CONNECTION_OK
            && descriptor.revents & Int16(Connection.pollPeerClosed | POLLHUP | POLLERR) == 0
    }

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

    /// One round trip for all statements of `pipeline`.
    /// - Returns: The rows of each statement, in order.
    /// - Throws: The first error, after all answers were read and an open transaction rolled back.
    public func run(_ pipeline: Pipeline, before deadline: Deadline) throws(DatabaseError) -> [Rows] {
        try exchange(before: deadline, expecting: pipeline.steps + [.synchronize]) { step in
            switch step {
            case .synchronize:
                PQpipelineSync(handle)
            case .execute(let statement, let parameters):
                parameters.withPointers { values in
                    PQsendQueryPrepared(
                        handle, statement.name, Int32(values.count), values.baseAddress, nil, nil, 0)
                }
            }
        }
    }

    /// Statements without parameters, apart by semicolons and unprepared: for migrations and checks.
    /// - Returns: The rows of the last one.
    @discardableResult
    public func run(script: String, before deadline: Deadline) throws(DatabaseError) -> Rows {
        guard PQsendQuery(handle, script) == 1 else { throw lost() }
        try flush(before: deadline)
        var last: Rows?
        var failure: DatabaseError?
        while let result = try nextResult(before: deadline) {
            let rows = Rows(result)
            failure = failure ?? refusal(result, of: "script")
            last = rows
        }
        if let failure {
            try rollBack(before: deadline)
            throw failure
        }
        guard let last else { throw lost() }
        return last
    }

    /// Prepares statements for `run`, in one round trip.
    public func prepare(_ statements: [Statement], before deadline: Deadline) throws(DatabaseError) {
        var iterator = statements.makeIterator()
        let steps = statements.map { Pipeline.Step.execute($0, []) } + [.synchronize]
        _ = try exchange(before: deadline, expecting: steps) { _ in
            guard let statement = iterator.next() else { return PQpipelineSync(handle) }
            return PQsendPrepare(handle, statement.name, statement.sql, 0, nil)
        }
    }

    /// Sends each step, then reads the answers up to the last synchronization.
    private func exchange(
        before deadline: Deadline, expecting steps: [Pipeline.Step], send: (Pipeline.Step) -> Int32
    ) throws(DatabaseError) -> [Rows] {
        guard PQenterPipelineMode(handle) == 1 else { throw lost() }
        for step in steps {
            guard send(step) == 1 else { throw lost() }
        }
        try flush(before: deadline)

        var answers: [Rows] = []
        answers.reserveCapacity(steps.count)
        var failure: DatabaseError?
        for step in steps {
            guard let result = try nextResult(before: deadline) else { throw lost() }
            let rows = Rows(result)
            if case .execute(let statement, _) = step {
                failure = failure ?? refusal(result, of: statement.name)
                answers.append(rows)
                // libpq ends each statement's results with a null.
                guard try nextResult(before: deadline) == nil else { throw lost() }
            }
        }
        guard PQexitPipelineMode(handle) == 1 else { throw lost() }
        if let failure {
            try rollBack(before: deadline)
            throw failure
        }
        return answers
    }

    /// A block whose statement failed stays aborted even past a synchronization.
    func rollBack(before deadline: Deadline) throws(DatabaseError) {
        if PQtransactionStatus(handle) != PQTRANS_IDLE {
            try run(script: "ROLLBACK", before: deadline)
        }
    }
}

// MARK: - Waiting

extension Connection {
    /// POLLRDHUP, which Swift's Glibc module leaves out (linux/poll.h).
    private static let pollPeerClosed: Int32 = 0x2000

    private func establish(before deadline: Deadline) throws(DatabaseError) {
        var state = PGRES_POLLING_WRITING
        while state != PGRES_POLLING_OK {
            guard state != PGRES_POLLING_FAILED, PQstatus(handle) != CONNECTION_BAD else { throw lost() }
            try wait(for: state == PGRES_POLLING_READING ? POLLIN : POLLOUT, before: deadline)
            state = PQconnectPoll(handle)
        }
    }

    func flush(before deadline: Deadline) throws(DatabaseError) {
        while true {
            switch PQflush(handle) {
            case 0: return
            case 1:
                try wait(for: POLLIN | POLLOUT, before: deadline)
                guard PQconsumeInput(handle) == 1 else { throw lost() }
            default: throw lost()
            }
        }
    }

    func nextResult(before deadline: Deadline) throws(DatabaseError) -> OpaquePointer? {
        while PQisBusy(handle) == 1 {
            try wait(for: POLLIN, before: deadline)
            guard PQconsumeInput(handle) == 1 else { throw lost() }
        }
        return PQgetResult(handle)
    }

    private func wait(for events: Int32, before deadline: Deadline) throws(DatabaseError) {
        var descriptor = pollfd(fd: PQsocket(handle), events: Int16(events), revents: 0)
        while true {
            let ready = poll(&descriptor, 1, deadline.remaining.pollMilliseconds)
            if ready > 0 { return }
            if ready == 0 { throw DatabaseError(.timedOut, "PostgreSQL did not answer in time") }
            guard errno == EINTR else { throw DatabaseError(.disconnected, "poll failed with errno \(errno)") }
        }
    }
}

// MARK: - Errors

extension Connection {
    func lost() -> DatabaseError {
        let message = String(cString: PQerrorMessage(handle))
        return DatabaseError(.disconnected, message.isEmpty ? "the connection is closed" : message.singleLine)
    }

    func refusal(_ result: OpaquePointer, of statement: String) -> DatabaseError? {
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
