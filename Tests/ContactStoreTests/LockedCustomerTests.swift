import ContactStore
import Glibc
import PostgreSQL
import TestSupport
import Testing

@Suite("While another session holds a lock on a customer")
struct LockedCustomerTests {
    private let database: TestDatabase
    private let store: TestStore
    private let locker: Connection

    init() throws {
        database = try TestDatabase()
        store = try TestStore(database, deadline: .seconds(2))
        _ = try store.identify("locked@x", "555000")
        locker = try database.connect()
        try locker.run(
            script: "BEGIN; SELECT id FROM contact WHERE email = 'locked@x' FOR UPDATE", before: .soon)
    }

    private func unlock() throws {
        try locker.run(script: "ROLLBACK", before: .soon)
    }

    @Test("those who write to it wait, one of them in PostgreSQL, and are answered once it is free")
    func wait() throws {
        let (database, store) = (database, store)
        let requests = Background {
            try onThreads(12) { thread in _ = try store.identify("n\(thread)@x", "555000") }
        }
        var mostWaiting: Int64 = 0
        let end = ContinuousClock.now + .seconds(1)
        while ContinuousClock.now < end {
            let waiting = try database.count(
                "pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'")
            mostWaiting = max(mostWaiting, waiting)
        }
        #expect(mostWaiting == 1)
        try unlock()
        try requests.join()
        #expect(try database.count("contact WHERE cluster_id = 1") == 13)
    }

    @Test("they are refused at their deadline, and lose no connection")
    func refusal() throws {
        let pids = """
            SELECT string_agg(pid::text, ' ' ORDER BY pid) FROM pg_stat_activity
             WHERE datname = current_database() AND application_name = 'identityd'
            """
        _ = try store.identify("other@x", nil)
        let before = try database.run(pids).text(0, 0)
        try onThreads(4) { [store] thread in
            usleep(UInt32(thread) * 100_000)
            let begin = ContinuousClock.now
            let error = #expect(throws: StoreError.self) { try store.identify("n\(thread)@x", "555000") }
            #expect([.busy, .contended].contains(error?.kind))
            #expect(ContinuousClock.now - begin > .seconds(1.5))
            #expect(ContinuousClock.now - begin < .seconds(2.5))
        }
        #expect(try database.run(pids).text(0, 0) == before)
        try unlock()
        #expect(try database.count("contact WHERE cluster_id = 1") == 1)
    }

    @Test("a merge with it waits, too, and the service is ready while its table is locked")
    func others() throws {
        let (database, store) = (database, store)
        _ = try store.identify("younger@x", "555001")
        let merge = Background { _ = try store.identify("younger@x", "555000") }
        usleep(300_000)
        try unlock()
        try merge.join()
        #expect(try database.count("contact WHERE cluster_id = 1") == 2)

        try locker.run(script: "BEGIN; LOCK TABLE contact", before: .soon)
        let readiness = Background { try store.checkReady() }
        usleep(300_000)
        try unlock()
        try readiness.join()
    }
}
