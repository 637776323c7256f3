internal import CPostgreSQL
internal import EventLoop

/// Statements on their way to the server, and answers on their way back. It never waits: its driver does, with
/// poll(2) or on an event loop, whenever `advance` says for what.
struct RoundTrip {
    private let connection: Connection
    private var handle: OpaquePointer { connection.handle }

    private var isSending = true
    private var hasWaited = false
    /// What is to be answered, and how much of it is; a script's answers end by themselves.
    private var expected: [Answer] = []
    private var answered = 0
    private var isRollingBack = false
    private var rows: [Rows] = []
    private var failure: DatabaseError?

    private enum Answer {
        case rows(of: Statement)
        /// libpq ends each statement's results with a null.
        case end
        case synchronization
        case script
    }

    init(on connection: Connection, _ pipeline: Pipeline) throws(DatabaseError) {
        self.connection = connection
        try send(pipeline.steps) { handle, statement, parameters in
            parameters.withPointers { values in
                PQsendQueryPrepared(handle, statement.name, Int32(values.count), values.baseAddress, nil, nil, 0)
            }
        }
    }

    init(on connection: Connection, preparing statements: [Statement]) throws(DatabaseError) {
        self.connection = connection
        try send(statements.map { .execute($0, []) }) { handle, statement, _ in
            PQsendPrepare(handle, statement.name, statement.sql, 0, nil)
        }
    }

    init(on connection: Connection, script: String) throws(DatabaseError) {
        self.connection = connection
        try send(script: script)
    }

    /// With a synchronization point at the end.
    private mutating func send(
        _ steps: [Pipeline.Step], execute: (OpaquePointer, Statement, Parameters) -> Int32
    ) throws(DatabaseError) {
        guard PQenterPipelineMode(handle) == 1 else { throw connection.lost() }
        expected.reserveCapacity(2 * steps.count + 1)
        for step in steps {
            switch step {
            case .execute(let statement, let parameters):
                guard execute(handle, statement, parameters) == 1 else { throw connection.lost() }
                expected.append(.rows(of: statement))
                expected.append(.end)
            case .synchronize: try synchronize()
            }
        }
        try synchronize()
    }

    private mutating func synchronize() throws(DatabaseError) {
        guard PQpipelineSync(handle) == 1 else { throw connection.lost() }
        expected.append(.synchronization)
    }

    private mutating func send(script: String) throws(DatabaseError) {
        guard PQsendQuery(handle, script) == 1 else { throw connection.lost() }
        expected.append(.script)
        isSending = true
    }

    /// Goes on as far as it can without waiting.
    /// - Returns: What to wait for before it is called again; `nil` at the end.
    mutating func advance() throws(DatabaseError) -> Watch.Event? {
        if hasWaited { guard PQconsumeInput(handle) == 1 else { throw connection.lost() } }
        hasWaited = true
        if isSending {
            let left = PQflush(handle)
            guard left >= 0 else { throw connection.lost() }
            if left > 0 { return .writable }
            isSending = false
        }
        while answered < expected.count {
            if PQisBusy(handle) == 1 { return .readable }
            try take(PQgetResult(handle), as: expected[answered])
        }
        guard PQpipelineStatus(handle) == PQ_PIPELINE_OFF || PQexitPipelineMode(handle) == 1 else {
            throw connection.lost()
        }
        if failure == nil || isRollingBack || PQtransactionStatus(handle) == PQTRANS_IDLE { return nil }
        // A block whose statement failed stays aborted even past a synchronization.
        isRollingBack = true
        try send(script: "ROLLBACK")
        return try advance()
    }

    private mutating func take(_ result: OpaquePointer?, as answer: Answer) throws(DatabaseError) {
        let result = result.map { Rows($0) }
        switch answer {
        case .rows(let statement):
            guard let result else { throw connection.lost() }
            failure = failure ?? connection.refusal(result, of: statement.name)
            rows.append(result)
            answered += 1
        case .end:
            guard result == nil else { throw connection.lost() }
            answered += 1
        case .synchronization:
            guard result != nil else { throw connection.lost() }
            answered += 1
        case .script:
            guard let result else {
                answered += 1
                return
            }
            failure = failure ?? connection.refusal(result, of: "script")
            rows = [result]
        }
    }

    /// The rows of each statement, in order; of a script, those of its last.
    /// - Throws: The first refusal.
    func answers() throws(DatabaseError) -> [Rows] {
        if let failure { throw failure }
        return rows
    }
}
