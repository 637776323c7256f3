import Bulk
import ContactStore
import Identity
import TestSupport
import Testing

@Suite("An import, by the guards of a request,")
struct ImportGuardTests {
    let database: TestDatabase

    init() throws {
        database = try TestDatabase()
    }

    /// The rows are on lines of their own, from the second line on. Some clusters are there before, others grow within
    /// the batch.
    @Test(
        "leaves out what /identify leaves out for the size of a customer, and writes what it writes",
        arguments: [(1, 40, 2), (2, 100, 3), (3, 100, 20), (4, 400, 5)] as [(UInt64, Int, Int)])
    func clusterSize(seed: UInt64, identifiers: Int, maximum: Int) throws {
        let before = SharedRows(70, among: identifiers, seed: seed + 200)
        let shared = SharedRows(500, among: identifiers, seed: seed)
        let other = try TestDatabase()
        let store = try TestStore(other, maximumClusterSize: maximum)
        for row in before.rows { _ = try store.identify(row.email, row.phone) }
        var outcomes: [Outcome: Int] = [:]
        var partial: [String] = []
        for (index, row) in shared.rows.enumerated() {
            let answer = try store.identify(row.email, row.phone)
            outcomes[answer.outcome, default: 0] += 1
            partial += answer.leftOut.map { "\(index + 2),\($0.field) left out: \($0.reason.rawValue)" }
        }
        #expect(!partial.isEmpty && outcomes.count == 4)

        let limit = ["MAX_CLUSTER_SIZE": "\(maximum)"]
        try database.importFile(TemporaryFile(before.csv), limit)
        // The second time, all is known or left out again: an import may be started anew.
        for again in [outcomes, [.known: shared.rows.count]] {
            let rejects = try TemporaryFile()
            let tally = try database.importFile(TemporaryFile(shared.csv), limit) { $0.rejectsPath = rejects.path }
            #expect(tally.outcomes == again)
            #expect(tally.rejected == 0 && tally.partial == partial.count)
            let reasons = rejects.text.split(separator: "\n").dropFirst()
            #expect(reasons.map { $0.split(separator: ",").prefix(2).joined(separator: ",") } == partial)
            #expect(try database.contents() == other.contents())
        }
        #expect(try database.findings() == [])
    }

    @Test("grows a customer who is too large already no more, and tells of the row as it was written, to be mended")
    func tooLargeBefore() throws {
        let store = try TestStore(database)
        for email in ["a@x", "b@x", "c@x"] { _ = try store.identify(email, "111111") }
        let rejects = try TemporaryFile()
        let rows = "email,phone\nb@x,111111\nD@x,111 111\nb@x,\ne@x,222222\ne@x,111111\n"
        let tally = try database.importFile(TemporaryFile(rows), ["MAX_CLUSTER_SIZE": "2"]) {
            $0.rejectsPath = rejects.path
        }
        #expect("\(tally)" == "5 rows: 3 known, 2 created, 0 linked, 0 merged; 2 in part; 0 rejected")
        #expect(
            rejects.text == """
                line,reason,email,phone
                3,phoneNumber left out: cluster-too-large,D@x,111 111
                6,phoneNumber left out: cluster-too-large,e@x,111111

                """)
        let giant: Set = ["email a@x", "email b@x", "email c@x", "phone 111111"]
        #expect(try database.customers() == [giant, ["email d@x"], ["email e@x", "phone 222222"]])

        // With a higher limit, what was left out comes in.
        let mended = try database.importFile(TemporaryFile(rejects.text))
        #expect(mended.outcomes == [.merged: 2] && mended.partial == 0)
        #expect(try database.customers() == [giant.union(["email d@x", "email e@x", "phone 222222"])])
        #expect(try database.findings() == [])
    }

    @Test("takes blocked identifiers for absent, and rejects a row that has no other", arguments: [true, false])
    func blocked(isOwnList: Bool) throws {
        let list = try TemporaryFile("email *@shop.org\nphone 555-0100\n")
        let variables = isOwnList ? ["BLOCKED_IDENTIFIERS_FILE": list.path] : [:]
        let (email, phone) = isOwnList ? ("Till@shop.org", "5550100") : ("TEST@test.com", "000-0000")
        let rejects = try TemporaryFile()
        let rows = "email,phone\na@x,\(phone)\nb@x,\(phone)\n\(email),123456\n\(email),\(phone)\n"
        let tally = try database.importFile(TemporaryFile(rows), variables) { $0.rejectsPath = rejects.path }
        #expect(tally.outcomes == [.created: 3])
        #expect(try database.customers() == [["email a@x"], ["email b@x"], ["phone 123456"]])
        #expect(rejects.text.hasSuffix("\n5,every identifier of the row is blocked,\(email),\(phone)\n"))
        #expect(rejects.text.split(separator: "\n").count == 2)
    }
}
