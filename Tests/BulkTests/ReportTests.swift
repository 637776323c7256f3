import Bulk
import ContactStore
import Identity
import PostgreSQL
import TestSupport
import Testing

@Suite("The report")
struct ReportTests {
    let database: TestDatabase

    init() throws {
        database = try TestDatabase()
        let store = try TestStore(database)
        _ = try store.identify("a@x", "111111")  // 1
        _ = try store.identify("b@x", "222222")  // 2
        _ = try store.identify("c@x", "222-222")  // 3, of 2
        _ = try store.identify("d@x", "333333")  // 4
        _ = try store.identify("d@x", "222222")  // merges 4 into 2
        _ = try store.identify("lone@x", nil)  // 6, behind the evidence of the merge
    }

    @Test("lists the largest customers, and what ties them, evidence of merges too")
    func report() throws {
        let report = try CustomerReport(database: database.url, limit: 3)
        #expect(
            report.largest.map { [$0.primaryID, $0.contacts, $0.emails, $0.phones] } == [
                [2, 3, 3, 2], [1, 1, 1, 1], [6, 1, 1, 0],
            ])
        let totals = report.totals
        #expect([totals.customers, totals.contacts, totals.emails, totals.phones] == [3, 5, 5, 3])
        #expect(report.ties.map(\.kind) == ["phone", "email", "email"])
        #expect(report.ties.map { [$0.contactID, $0.primaryID, $0.count] } == [[2, 2, 3], [4, 2, 2], [1, 1, 1]])
        #expect(report.ties.map(\.identifier) == ["222222", "d@x", "a@x"])
    }

    @Test("prints identifiers only where it is told to")
    func text() throws {
        let counts = [("email", "blocked", Int64(3)), ("phoneNumber", "invalid", 12)]
        try IgnoredCounts.add(
            counts.map { IgnoredCounts.Count(field: $0.0, reason: $0.1, count: $0.2) }, to: database.url,
            within: .seconds(20))
        let report = try CustomerReport(database: database.url, limit: 2)
        #expect(
            report.text(showingIdentifiers: false) == """
                All customers
                customers  contacts  emails  phones
                        3         5       5       3

                The largest customers
                primary  contacts  emails  phones
                      2         3       3       2
                      1         1       1       1

                The identifiers that tie the most others
                kind   introduced by  primary  ties
                phone              2        2     3
                email              4        2     2

                The evidence without which a customer would be two
                evidence  primary  contacts  and contacts

                What was ignored in requests since \(report.ignored.since)
                field        reason   count
                phoneNumber  invalid     12
                email        blocked      3
                """)
        #expect(report.text(showingIdentifiers: true).contains("email              4        2     2  d@x\n"))
    }

    @Test("lists the evidence without which a customer would be two, each of three contacts or more")
    func bridges() throws {
        let store = try TestStore(database)
        for (email, phone) in [("e@x", "444444"), ("f@x", "444444"), ("g@x", "444444"), ("c@x", "444444")] {
            _ = try store.identify(email, phone)
        }
        let typo = try database.run("SELECT max(id) FROM evidence").integer(0, 0)!
        let report = try CustomerReport(database: database.url, limit: 10)
        #expect(report.bridges.map { [$0.primaryID, $0.bridge.evidence.id] } == [[2, typo]])
        #expect(report.bridges.map(\.bridge.parts) == [[3, 3]])
        let lines = report.text(showingIdentifiers: false).split(separator: "\n")
        #expect(lines.contains { $0.split(separator: " ") == ["\(typo)", "2", "3", "3"] })

        _ = try store.identify("f@x", "333333")
        #expect(try CustomerReport(database: database.url, limit: 10).bridges.isEmpty)
    }

    @Test("counts no tombstone")
    func tombstone() throws {
        try database.run(
            "UPDATE contact SET email = NULL, phone_number = NULL, phone_key = NULL, owns_email = false, "
                + "owns_phone = false, deleted_at = now() WHERE cluster_id = 2")
        let report = try CustomerReport(database: database.url, limit: 10)
        #expect(report.largest.map(\.primaryID) == [1, 6])
        #expect(report.ties.map(\.contactID) == [1, 1])
    }
}
