import EventLoop
import PostgreSQL
import Synchronization
import TestSupport
import Testing

@Suite("A session")
struct SessionTests {
    private let worker: LoopActor

    init() throws {
        worker = try LoopActor()
    }

    @Test("keeps its connection while it lives, and sets it up once")
    func keeps() throws {
        let setUps = Mutex(0)
        try worker.wait { worker in
            let session = Session(.home, on: worker.loop) { connection, deadline in
                try connection.prepare([.backend, .name], before: deadline)
                try connection.run(script: "SET application_name = 'set up'", before: deadline)
                setUps.withLock { $0 += 1 }
            }
            var backends: Set<Int64> = []
            for _ in 0..<5 { backends.insert(try await session.ask(.backend).integer(0, 0)!) }
            #expect(backends.count == 1)
            #expect(try await session.ask(.name).text(0, 0) == "set up")
        }
        #expect(setUps.withLock { $0 } == 1)
    }

    @Test("comes back, set up anew, each time its backend is killed")
    func reconnects() throws {
        try worker.wait { worker in
            let session = Session(.home, on: worker.loop, settingUp: prepare)
            var backends: Set<Int64> = []
            for round in 1...5 {
                let backend = try await session.ask(.backend).integer(0, 0)!
                backends.insert(backend)
                #expect(backends.count == round)
                try Connection.kill(backend)
                // What the loop has not seen yet, the next question runs into; the one after that is answered.
                if (try? await session.ask(.backend)) == nil { #expect(!session.isInTouch) }
            }
        }
    }

    /// libpq closes its descriptor then, and the next connection gets the number.
    @Test("whose connection was found dead does not disturb one that was opened since")
    func dead() throws {
        try worker.wait { worker in
            let dead = Session(.home, on: worker.loop, settingUp: prepare)
            let backend = try await dead.ask(.backend).integer(0, 0)!
            try Connection.kill(backend)
            let end = ContinuousClock.now + .seconds(5)
            while dead.isConnected && ContinuousClock.now < end { await worker.loop.pause(for: .milliseconds(5)) }
            #expect(!dead.isConnected)
            let other = Session(.home, on: worker.loop, settingUp: prepare)
            try await other.connect(before: .soon)
            try await dead.connect(before: .soon)
            #expect(try await other.ask(.echo, [Int64(1), "0"]).integer(0, 0) == 1)
            #expect(try await dead.ask(.echo, [Int64(2), "0"]).integer(0, 0) == 2)
        }
    }

    @Test("connects anew after its connection timed out, and gives no late answer to the next question")
    func timedOut() throws {
        try worker.wait { worker in
            let session = Session(.home, on: worker.loop, settingUp: prepare)
            try await session.connect(before: .soon)
            let late = await failure {
                _ = try await session.ask(.echo, [Int64(1), "0.2"], before: .after(.milliseconds(50)))
            }
            #expect(late?.kind == .timedOut)
            for number: Int64 in 2...3 {
                #expect(try await session.ask(.echo, [number, "0"]).integer(0, 0) == number)
            }
        }
    }

    @Test("says what the server refused, and keeps its connection, outside of any transaction")
    func refusal() throws {
        try worker.wait { worker in
            let session = Session(.home, on: worker.loop, settingUp: prepare)
            let backend = try await session.ask(.backend).integer(0, 0)
            var pipeline = Pipeline()
            pipeline.execute(.begin)
            pipeline.execute(.echo, ["no number", "0"])
            let refused = await failure { _ = try await session.run(pipeline, before: .soon) }
            #expect(refused?.sqlState == "22P02")
            #expect(try await session.ask(.backend).integer(0, 0) == backend)
        }
    }

    @Test("says at once that there is no server, and tries less and less often")
    func backsOff() throws {
        let attempts = Mutex(0)
        try worker.wait { worker in
            // Setting up is refused on each new connection, so it counts the attempts.
            let session = Session(.home, on: worker.loop) { _, _ in
                attempts.withLock { $0 += 1 }
                throw DatabaseError(.disconnected, "not today")
            }
            let begin = ContinuousClock.now
            var (calls, slowest) = (0, Duration.zero)
            while ContinuousClock.now - begin < .seconds(1) {
                let before = attempts.withLock { $0 }
                let call = ContinuousClock.now
                #expect(await failure { try await session.connect(before: .soon) }?.message == "not today")
                if attempts.withLock({ $0 }) == before { slowest = max(slowest, .now - call) }
                calls += 1
            }
            #expect(calls > attempts.withLock { $0 } * 10)
            #expect(slowest < .milliseconds(200))
        }
        #expect(attempts.withLock { $0 } >= 2)
        // 25 + 50 + … ms of mean half pauses: five attempts a second, or twenty by bad luck.
        #expect(attempts.withLock { $0 } < 25)
    }

    @Test("serves as soon as the server is there, and again after it was away")
    func comesBack() throws {
        let server = try SocketFolder()
        let database = server.database
        func backend() throws -> Int64 {
            try worker.wait { worker in
                let session = Session(.at(database), on: worker.loop, settingUp: prepare)
                let deadline = Deadline.soon
                while true {
                    if let rows = try? await session.ask(.backend) { return rows.integer(0, 0)! }
                    try #require(!deadline.hasPassed)
                }
            }
        }
        let refused = try worker.wait { worker in
            await failure { try await Session(.at(database), on: worker.loop).connect(before: .soon) }
        }
        #expect(refused?.kind == .disconnected)
        server.serverComes()
        let first = try backend()
        #expect(try backend() != first)
    }

    @Test("of a server that says nothing waits less than a second, and not again for the next caller")
    func silence() throws {
        let server = try SilentServer()
        let database = server.database
        let begin = ContinuousClock.now
        try worker.wait { worker in
            let session = Session(.at(database), on: worker.loop)
            for _ in 0..<2 {
                #expect(await failure { try await session.connect(before: .soon) }?.kind == .timedOut)
            }
        }
        #expect(ContinuousClock.now - begin < .seconds(1.8))
    }

    @Test("waits for a connection no longer than its caller's deadline, and does not delay others on its loop")
    func deadline() throws {
        let server = try SilentServer()
        let database = server.database
        let begin = ContinuousClock.now
        try worker.wait { worker in
            let session = Session(.at(database), on: worker.loop)
            #expect(await failure { try await session.connect(before: .after(.milliseconds(50))) }?.kind == .timedOut)
        }
        #expect(ContinuousClock.now - begin < .milliseconds(700))
    }
}

@Sendable private func prepare(_ connection: Connection, before deadline: Deadline) throws {
    try connection.prepare([.backend, .name, .echo, .begin], before: deadline)
}

extension Statement {
    static let backend = Statement("backend", "SELECT pg_backend_pid()")
    fileprivate static let name = Statement("name", "SHOW application_name")
    fileprivate static let begin = Statement("begin", "BEGIN")
    static let echo = Statement("echo", "SELECT $1::int, pg_sleep($2::float)")
}

extension ConnectionConfiguration {
    static let home = at(Connection.home)

    static func at(_ database: String) -> ConnectionConfiguration {
        ConnectionConfiguration(database: database, applicationName: "test")
    }
}

extension Session {
    /// Runs one statement.
    nonisolated(nonsending) func ask(
        _ statement: Statement, _ parameters: Parameters = [], before deadline: Deadline = .soon
    ) async throws -> Rows {
        var pipeline = Pipeline()
        pipeline.execute(statement, parameters)
        return try await run(pipeline, before: deadline)[0]
    }
}

/// The error that `body` throws.
nonisolated(nonsending) func failure(
    of body: nonisolated(nonsending) () async throws -> Void
) async -> DatabaseError? {
    do {
        try await body()
        return nil
    } catch {
        return error as? DatabaseError
    }
}
