import PostgreSQL
import Synchronization
import TestSupport
import Testing

@Suite("A lost connection")
struct LostConnectionTests {
    @Test("that was idle is noticed before the next use")
    func idle() throws {
        let connection = try Connection.open()
        #expect(connection.isAlive)
        try Connection.kill(connection.backend())
        // Also when libpq has found out for itself, and closed its socket.
        for _ in 0..<4 { #expect(!connection.isAlive) }
    }

    @Test("that is used all the same says so, and does not hang")
    func used() throws {
        let connection = try Connection.open()
        try Connection.kill(connection.backend())
        for _ in 0..<3 {
            let error = try #require(failure { try connection.script("SELECT 1") })
            #expect(error.isConnectionLost)
        }
        let error = try #require(failure { try connection.query("SELECT 1") })
        #expect(error.isConnectionLost)
    }

    @Test("is told from a refused statement while one runs", arguments: [true, false])
    func running(prepared: Bool) throws {
        let backend = Atomic<Int64>(0)
        let seen = Mutex<(error: DatabaseError?, isAlive: Bool)?>(nil)
        try onThreads(2) { thread in
            if thread == 0 {
                let connection = try Connection.open()
                let sleep = Statement("sleep", "SELECT pg_sleep(30)")
                try connection.prepare([sleep], before: .soon)
                backend.store(try connection.backend(), ordering: .releasing)
                let error = failure {
                    if prepared {
                        _ = try connection.run(sleep, before: .soon)
                    } else {
                        try connection.run(script: sleep.sql, before: .soon)
                    }
                }
                seen.withLock { $0 = (error, connection.isAlive) }
            } else {
                let other = try Connection.open()
                let sleeps = "wait_event = 'PgSleep' AND pid = "
                let doesSleep = try eventually {
                    try other.script(
                        "SELECT FROM pg_stat_activity WHERE \(sleeps) \(backend.load(ordering: .acquiring))"
                    ).count > 0
                }
                try #require(doesSleep)
                try Connection.kill(backend.load(ordering: .acquiring))
            }
        }
        let (error, isAlive) = try #require(seen.withLock { $0 })
        #expect(error?.isConnectionLost == true)
        #expect(error?.kind != .timedOut)
        #expect(error?.isConflict == false)
        #expect(!isAlive)
    }

    @Test("in the middle of a BEGIN block leaves nothing behind")
    func block() throws {
        let database = try TestDatabase(migrated: false)
        try database.run("CREATE TABLE seen (n int)")
        let connection = try database.connect()
        let statements = [
            Statement("begin", "BEGIN"), Statement("insert", "INSERT INTO seen VALUES (1)"),
            Statement("die", "SELECT pg_terminate_backend(pg_backend_pid())"), Statement("commit", "COMMIT"),
        ]
        try connection.prepare(statements, before: .soon)
        var pipeline = Pipeline()
        for statement in statements { pipeline.execute(statement) }
        let error = failure { _ = try connection.run(pipeline, before: .soon) }
        #expect(error?.isConnectionLost == true)
        #expect(try database.run("SELECT count(*) FROM seen").integer(0, 0) == 0)
    }

    /// A notification is readable on an idle connection, and so is a changed parameter.
    @Test("is not what an unasked message makes of a connection")
    func unaskedMessage() throws {
        let connection = try Connection.open()
        let channel = "test_\(try connection.backend())"
        try connection.script("LISTEN \(channel)")
        try Connection.open().script("NOTIFY \(channel), 'hello'")
        for _ in 0..<3 { #expect(connection.isAlive) }
        #expect(try connection.script("SELECT 1").integer(0, 0) == 1)
    }
}
