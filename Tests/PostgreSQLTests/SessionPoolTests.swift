import EventLoop
import PostgreSQL
import Synchronization
import TestSupport
import Testing

@Suite("A pool of sessions")
struct SessionPoolTests {
    @Test("gives each session to one task at a time")
    func shares() throws {
        let most = try PoolUser(sessions: 3).use(tasks: 20, holding: "0.01")
        #expect(most == 3)
    }

    @Test("gives a session first to those that asked first")
    func order() throws {
        let user = try PoolUser(sessions: 1)
        #expect(try user.use(tasks: 20, holding: "0.001") == 1)
        #expect(try user.order() == Array(1...20))
    }

    @Test("lets those who are in share what they have, where the server has no room for all")
    func exhausted() throws {
        let admitted = Mutex(2)
        let user = try PoolUser(sessions: 5) { connection, deadline in
            let isIn = admitted.withLock { left in
                left -= 1
                return left >= 0
            }
            guard isIn else { throw DatabaseError(.refused(sqlState: "53300"), "no room") }
            try connection.prepare([.echo], before: deadline)
        }
        let most = try user.use(tasks: 30, holding: "0.01")
        #expect(most == 2)
    }

    @Test("says why none can be connected")
    func refused() throws {
        let user = try PoolUser(sessions: 3) { _, _ in throw DatabaseError(.refused(sqlState: "57P03"), "starting up") }
        let error = #expect(throws: DatabaseError.self) { try user.use(tasks: 10, holding: "0") }
        #expect(error?.sqlState == "57P03")
    }

    @Test("says at the deadline that all were busy, however long they still are")
    func busy() throws {
        let user = try PoolUser(sessions: 1)
        let holder = Background { _ = try user.use(tasks: 1, holding: "3") }
        #expect(eventually { user.isBusy })
        let begin = ContinuousClock.now
        let error = #expect(throws: DatabaseError.self) {
            try user.use(tasks: 1, holding: "0", deadline: .milliseconds(50))
        }
        #expect(error?.kind == .timedOut)
        #expect(ContinuousClock.now - begin < .seconds(1.5))
        try holder.join()
    }
}

/// Tasks on one event loop that share a pool.
private actor PoolUser {
    private nonisolated let loop: EventLoop
    private let pool: SessionPool
    private var inUse = 0
    private var mostInUse = 0
    private var asked = 0
    private var served: [Int] = []

    nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }

    init(
        sessions: Int,
        settingUp setUp: @escaping Session.SetUp = { try $0.prepare([.echo], before: $1) }
    ) throws {
        loop = try EventLoop()
        pool = SessionPool((0..<sessions).map { [loop] _ in Session(.home, on: loop, settingUp: setUp) }, on: loop)
    }

    isolated deinit {
        loop.stop()
    }

    /// Somebody holds a session.
    nonisolated var isBusy: Bool { (try? loop.wait { await self.inUse > 0 }) == true }

    /// Lends a session to so many tasks at once, each of which holds it for so many seconds.
    /// - Returns: How many sessions were in use at most.
    nonisolated func use(tasks: Int, holding seconds: String, deadline: Duration = .seconds(10)) throws -> Int {
        try loop.wait {
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<tasks {
                    group.addTask { try await self.hold(for: seconds, before: .after(deadline)) }
                }
                try await group.waitForAll()
            }
            return await self.mostInUse
        }
    }

    /// The tasks, numbered as they asked for a session, in the order in which they had one.
    nonisolated func order() throws -> [Int] {
        try loop.wait { await self.served }
    }

    private func hold(for seconds: String, before deadline: Deadline) async throws {
        asked += 1
        let task = asked
        try await pool.withSession(before: deadline) { session in
            served.append(task)
            inUse += 1
            defer { inUse -= 1 }
            mostInUse = max(mostInUse, inUse)
            _ = try await session.ask(.echo, [Int64(1), seconds], before: .soon)
        }
    }
}
