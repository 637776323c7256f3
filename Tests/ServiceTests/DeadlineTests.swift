import Glibc
import PostgreSQL
import Synchronization
import TestSupport
import Testing

@testable import Service

/// PostgreSQL's side of each session is stopped (SIGSTOP): the connections stand, and nothing comes.
@Suite("While the database hangs", .serialized)
struct DeadlineTests {
    private let database: TestDatabase
    private let store: TestStore

    init() throws {
        database = try TestDatabase()
        store = try TestStore(database, deadline: .seconds(1))
        _ = try store.identify("known@x", "555000")
        // Those that read, and the one that wrote.
        #expect(try eventually { try backends().count >= 3 })
    }

    private func backends() throws -> [pid_t] {
        let rows = try database.run(
            """
            SELECT pid FROM pg_stat_activity
             WHERE datname = current_database() AND application_name = 'identityd' ORDER BY pid
            """)
        return (0..<rows.count).map { pid_t(rows.integer($0, 0)!) }
    }

    @Test("each request is answered by its own deadline, also behind others")
    func ownDeadline() throws {
        let before = try backends()
        for pid in before { kill(pid, SIGSTOP) }
        let slowest = Mutex(Duration.zero)
        let unanswered = Atomic(0)
        try onThreads(20) { [store] thread in
            usleep(UInt32(thread) * 30_000)
            let begin = ContinuousClock.now
            // The last ones may be answered, on a connection that took the place of one that hangs.
            do { _ = try store.lookUp("known@x", "\(600_000 + thread)") } catch let error as DatabaseError {
                #expect(error == .noAnswerInTime)
                unanswered.add(1, ordering: .relaxed)
            }
            slowest.withLock { $0 = max($0, ContinuousClock.now - begin) }
        }
        for pid in before { kill(pid, SIGCONT) }
        #expect(unanswered.load(ordering: .relaxed) >= 10)
        #expect(slowest.withLock { $0 } < .seconds(1.2), "the promise: deadline + 0.2 s")
        #expect(try store.identify("known@x", "555000").outcome == .known)
    }

    @Test("an answer that comes a little too late leaves the connection in use")
    func lateAnswer() throws {
        let before = try backends()
        for pid in before { kill(pid, SIGSTOP) }
        #expect(throws: DatabaseError.noAnswerInTime) { try store.lookUp("known@x", nil) }
        for pid in before { kill(pid, SIGCONT) }
        #expect(try store.identify("known@x", "555000").outcome == .known)
        #expect(try backends() == before)
    }
}
