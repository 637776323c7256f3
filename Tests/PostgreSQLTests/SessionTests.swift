import PostgreSQL
import Testing

@Suite("A session")
struct SessionTests {
    private func session(
        _ database: String = Connection.home,
        settingUp setUp: @escaping (Connection, Deadline) throws -> Void = { _, _ in }
    ) -> Session {
        Session(ConnectionConfiguration(database: database, applicationName: "test"), settingUp: setUp)
    }

    @Test("keeps its connection while it lives, and sets it up once")
    func keeps() throws {
        var setUps = 0
        let session = session { connection, deadline in
            try connection.run(script: "SET application_name = 'set up'", before: deadline)
            setUps += 1
        }
        let backends = try (0..<5).map { _ in try session.connection(before: .soon).backend() }
        #expect(Set(backends).count == 1)
        #expect(setUps == 1)
        #expect(try session.connection(before: .soon).script("SHOW application_name").text(0, 0) == "set up")
    }

    @Test("comes back, set up anew, each time its backend is killed")
    func reconnects() throws {
        var setUps = 0
        let session = session { _, _ in setUps += 1 }
        for round in 1...5 {
            let connection = try session.connection(before: .soon)
            #expect(setUps == round)
            #expect(try connection.query("SELECT 1").integer(0, 0) == 1)
            try Connection.kill(connection.backend())
        }
    }

    @Test("connects anew after its connection was dropped")
    func drop() throws {
        let session = session()
        let first = try session.connection(before: .soon).backend()
        session.drop()
        #expect(try session.connection(before: .soon).backend() != first)
    }

    @Test("connects anew after its connection timed out, and gives no late answer to the next question")
    func timedOut() throws {
        let session = session { try $0.prepare([Statement("echo", "SELECT $1::int, pg_sleep($2::float)")], before: $1) }
        func echo(_ number: Int64, pause: String, before deadline: Deadline) throws -> Int64? {
            try session.connection(before: .soon).run(Statement("echo", ""), [number, pause], before: deadline)
                .integer(0, 0)
        }
        #expect(failure { _ = try echo(1, pause: "0.2", before: .after(.milliseconds(50))) }?.kind == .timedOut)
        #expect(try echo(2, pause: "0", before: .soon) == 2)
        #expect(try echo(3, pause: "0", before: .soon) == 3)
    }

    @Test("says at once that there is no server, and tries less and less often")
    func backsOff() throws {
        var attempts = 0
        // Setting up is refused on each new connection, so it counts the attempts.
        let session = session { _, _ in
            attempts += 1
            throw DatabaseError(.disconnected, "not today")
        }
        let begin = ContinuousClock.now
        var (calls, slowest) = (0, Duration.zero)
        while ContinuousClock.now - begin < .seconds(1) {
            let before = attempts
            let call = ContinuousClock.now
            #expect(failure { _ = try session.connection(before: .soon) }?.message == "not today")
            if attempts == before { slowest = max(slowest, .now - call) }
            calls += 1
        }
        #expect(attempts >= 2)
        // 25 + 50 + … ms of mean half pauses: five attempts a second, or twenty by bad luck.
        #expect(attempts < 25)
        #expect(calls > attempts * 10)
        #expect(slowest < .milliseconds(200))
    }

    @Test("serves as soon as the server is there, and again after it was away")
    func comesBack() throws {
        let server = try SocketFolder()
        let session = session(server.database)
        #expect(failure { _ = try session.connection(before: .soon) }?.kind == .disconnected)
        server.serverComes()
        let backend = try eventually(session)
        try Connection.kill(backend)
        server.serverGoes()
        #expect(failure { _ = try session.connection(before: .soon) }?.isConnectionLost == true)
        server.serverComes()
        #expect(try eventually(session) != backend)
    }

    @Test("of a server that says nothing waits less than a second, and not again for the next caller")
    func silence() throws {
        let server = try SilentServer()
        let session = session(server.database)
        let begin = ContinuousClock.now
        #expect(failure { _ = try session.connection(before: .soon) }?.kind == .timedOut)
        #expect(ContinuousClock.now - begin < .seconds(1.5))
    }

    @Test("waits for a connection no longer than its caller's deadline")
    func deadline() throws {
        let server = try SilentServer()
        let begin = ContinuousClock.now
        let error = failure { _ = try session(server.database).connection(before: .after(.milliseconds(50))) }
        #expect(error?.kind == .timedOut)
        #expect(ContinuousClock.now - begin < .milliseconds(700))
    }

    /// The backend once there is a connection; the pauses between attempts are short of a second.
    private func eventually(_ session: Session) throws -> Int64 {
        let deadline = Deadline.soon
        while true {
            if let connection = try? session.connection(before: deadline) { return try connection.backend() }
            try #require(!deadline.hasPassed)
        }
    }
}
