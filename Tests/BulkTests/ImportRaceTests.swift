import Bulk
import ContactStore
import Identity
import PostgreSQL
import Synchronization
import TestSupport
import Testing

@Suite("An import beside the service", .serialized)
struct ImportRaceTests {
    let database: TestDatabase

    init() throws {
        database = try TestDatabase()
    }

    /// Requests and rows are about the same two thousand identifiers, so they create, link and merge
    /// the same customers at the same moment, and the import's batches collide with them.
    @Test("leaves one customer one customer, and answers every request")
    func concurrent() throws {
        let database = database
        let stopped = Atomic(false)
        let failures = Mutex<[String]>([])
        let model = Mutex(CustomerModel())
        let rows = SharedRows(4000, among: 2000, seed: 7)
        let file = try TemporaryFile(rows.csv)
        let requests = SharedRows(40_000, among: 2000, seed: 8).rows
        let next = Atomic(0)
        try onThreads(5) { thread in
            if thread == 0 {
                defer { stopped.store(true, ordering: .relaxed) }
                let tally = try database.importFile(file, ["MAX_CLUSTER_SIZE": "1000000"])
                if tally.outcomes.values.reduce(0, +) != 4000 { failures.withLock { $0.append("\(tally)") } }
                return
            }
            let store = try TestStore(database, maximumClusterSize: 1_000_000)
            while !stopped.load(ordering: .relaxed) {
                let number = next.add(1, ordering: .relaxed).oldValue
                if number >= requests.count { return }
                let (email, phone) = requests[number]
                model.withLock {
                    $0.observe(email: email?.lowercased(), phone: phone.map { $0.filter(\.isNumber) })
                }
                do {
                    _ = try store.identify(email, phone)
                } catch {
                    failures.withLock { $0.append("\(error)") }
                }
            }
        }
        #expect(failures.withLock { $0 } == [])
        #expect(next.load(ordering: .relaxed) > 100)
        for row in rows.rows {
            model.withLock {
                $0.observe(email: row.email?.lowercased(), phone: row.phone.map { $0.filter(\.isNumber) })
            }
        }
        #expect(try database.findings() == [])
        #expect(try database.customers() == model.withLock { $0.customers })
    }

    @Test("waits for a customer who is locked, and loses no row")
    func locked() throws {
        _ = try TestStore(database).identify("a@x", nil)
        let (database, barrier) = (database, Barrier(2))
        let tally = Mutex(ImportTally())
        try onThreads(2) { thread in
            if thread == 0 {
                let file = try TemporaryFile("email,phone\nb@x,\na@x,111111\n")
                try barrier.wait()
                let result = try database.importFile(file)
                tally.withLock { $0 = result }
            } else {
                let connection = try database.connect()
                try connection.run(
                    script: "BEGIN; SELECT FROM contact WHERE id = 1 FOR UPDATE", before: .soon)
                try barrier.wait()
                try connection.run(script: "SELECT pg_sleep(1); COMMIT", before: .soon)
            }
        }
        #expect(tally.withLock { $0.outcomes } == [.created: 1, .linked: 1])
        #expect(tally.withLock { $0.retries } > 1)
        #expect(try database.findings() == [])
    }
}
