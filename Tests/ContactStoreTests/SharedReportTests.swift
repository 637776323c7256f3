import ContactStore
import PostgreSQL
import TestSupport
import Testing

@Suite("The report of a process")
struct SharedReportTests {
    private let database: TestDatabase
    private let shared: SharedReport

    init() throws {
        database = try TestDatabase()
        shared = SharedReport(database: database.url)
    }

    /// Behind which a report waits, and an order does not.
    private func lockEvidence() throws -> Connection {
        let locker = try database.connect()
        try locker.run(script: "BEGIN; LOCK TABLE evidence IN ACCESS EXCLUSIVE MODE", before: .soon)
        return locker
    }

    private var running: Int64 {
        get throws {
            try database.count(
                "pg_stat_activity WHERE datname = current_database() AND application_name = 'identityd report'")
        }
    }

    @Test("is computed once for all who ask at once, whichever event loop they are on, and not again for a minute")
    func once() throws {
        let stores = try (0..<2).map { _ in try TestStore(database, connections: 3) }
        _ = try stores[0].identify("a@x", "111111")
        let locker = try lockEvidence()
        let asking = Background { [shared] in
            try onThreads(12) { thread in
                let edition = try stores[thread % 2].report(from: shared)
                #expect(edition.report.totals.customers == 1)
            }
        }
        #expect(try eventually { try running == 1 })
        // All twelve wait, and neither a loop nor a session waits with them.
        for store in stores { _ = try store.lookUp("a@x", nil) }
        #expect(try running == 1)
        try locker.run(script: "ROLLBACK", before: .soon)
        try asking.join()

        _ = try stores[0].identify("b@x", "222222")
        let later = try stores[1].report(from: shared)
        #expect(later.report.totals.customers == 1)
        #expect(later.age < .seconds(60) && later.age > .zero)
    }

    @Test("is refused at the deadline of a request while it takes longer, and told once it is there")
    func late() throws {
        let store = try TestStore(database, connections: 3, deadline: .milliseconds(500))
        let others = try TestStore(database, connections: 3)
        _ = try others.identify("a@x", nil)
        let locker = try lockEvidence()
        for _ in 0..<2 {
            let error = #expect(throws: StoreError.self) { try store.report(from: shared) }
            #expect(error?.kind == .timedOut)
        }
        #expect(try others.identify("b@x", nil).outcome == .created)
        try locker.run(script: "ROLLBACK", before: .soon)
        #expect(eventually { (try? store.report(from: shared)) != nil })
    }

    @Test("says why it could not be computed, and is not tried again at once")
    func failure() throws {
        let store = try TestStore(database, connections: 3)
        try database.run("ALTER TABLE evidence RENAME TO elsewhere")
        let first = #expect(throws: StoreError.self) { try store.report(from: shared) }
        #expect(first?.kind == .internalError)
        try database.run("ALTER TABLE elsewhere RENAME TO evidence")
        #expect(throws: StoreError.self) { try store.report(from: shared) }
        #expect(eventually { (try? store.report(from: shared)) != nil })
    }
}
