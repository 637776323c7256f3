import ContactStore
import PostgreSQL
import TestSupport
import Testing

@Suite("Counts of what was ignored")
struct IgnoredCountsTests {
    private let database: TestDatabase

    init() throws {
        database = try TestDatabase()
    }

    private func add(_ counts: [(String, String, Int64)], within timeout: Duration = .seconds(20)) throws {
        try IgnoredCounts.add(
            counts.map { IgnoredCounts.Count(field: $0.0, reason: $0.1, count: $0.2) }, to: database.url,
            within: timeout)
    }

    private var reported: IgnoredCounts {
        get throws { try CustomerReport(database: database.url, limit: 1).ignored }
    }

    private func day(_ offset: Int) throws -> String? {
        try database.run("SELECT to_char((now() AT TIME ZONE 'UTC')::date + \(offset), 'YYYY-MM-DD')").text(0, 0)
    }

    /// Of one day, as `ignored` has it.
    private func insert(_ count: Int, _ offset: Int) throws {
        try database.run(
            """
            INSERT INTO ignored (day, field, reason, count)
            VALUES ((now() AT TIME ZONE 'UTC')::date + \(offset), 'email', 'blocked', \(count))
            """)
    }

    @Test("of many instances that add at once, in whichever order, are added up, none lost")
    func sums() throws {
        let reasons = ["blocked", "invalid", "kept-apart", "unknown_field"]
        try onThreads(8) { thread in
            for round in 0..<10 {
                try add(reasons.shuffled().map { ("email", $0, Int64(thread + 1)) } + [("phoneNumber", "invalid", 1)])
                if round == 0 { #expect(try !reported.counts.isEmpty) }
            }
        }
        let counts = try reported.counts
        #expect(counts.map(\.count) == [360, 360, 360, 360, 80])
        #expect(counts.map(\.field) == ["email", "email", "email", "email", "phoneNumber"])
        #expect(counts.map(\.reason) == reasons + ["invalid"])
    }

    @Test("are reported of 30 days, and dropped after 90")
    func days() throws {
        for (count, offset) in [(1, -91), (10, -90), (100, -30), (1000, -29), (10_000, -1)] {
            try insert(count, offset)
        }
        try add([("email", "blocked", 100_000)])
        #expect(try reported.counts.map(\.count) == [111_000])
        #expect(try database.run("SELECT sum(count) FROM ignored").integer(0, 0) == 111_110)
    }

    @Test("say since when there are any: since the migration, and for 30 days at most")
    func since() throws {
        #expect(try reported.since == day(0))
        for (age, first) in [(3, -3), (29, -29), (300, -29)] {
            try database.run(
                "UPDATE schema_migration SET applied_at = now() - interval '\(age) days' WHERE version = 7")
            #expect(try reported.since == day(first))
        }
    }

    @Test("that wait for a lock are given up in time, and none of them is added")
    func locked() throws {
        try add([("email", "blocked", 1), ("phoneNumber", "invalid", 1)])
        let locker = try database.connect()
        try locker.run(script: "BEGIN; UPDATE ignored SET count = 9 WHERE field = 'phoneNumber'", before: .soon)
        let begin = ContinuousClock.now
        #expect(throws: DatabaseError.self) {
            try add([("email", "blocked", 1), ("phoneNumber", "invalid", 1)], within: .seconds(1))
        }
        #expect(.now - begin < .seconds(20))
        try locker.run(script: "ROLLBACK", before: .soon)
        #expect(try reported.counts.map(\.count) == [1, 1])
    }
}
