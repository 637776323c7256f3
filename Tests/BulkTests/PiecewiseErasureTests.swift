import Bulk
import Foundation
import Identity
import PostgreSQL
import Synchronization
import TestSupport
import Testing

@testable import ContactStore

@Suite("Erasing in pieces", .serialized)
final class PiecewiseErasureTests: Sendable {
    private let database: TestDatabase

    init() throws {
        database = try TestDatabase()
    }

    @discardableResult
    private func erase(_ contact: ContactID, sizes: ClosedRange<Int> = 20...5000) throws -> PiecewiseErasure.Result {
        let erasure = try PiecewiseErasure(database: database.url, rule: .new, sizes: sizes)
        return try erasure.run(contact, begin: { _ in }, report: { _, _ in })
    }

    /// As a command that was killed left them.
    private func eraseYoungest(_ count: Int64, of contact: ContactID) throws {
        var pipeline = Pipeline()
        pipeline.execute(ContactStatements.begin)
        _ = pipeline.execute(Erasure.lock, [contact])
        let erase = pipeline.execute(Erasure.eraseYoungest, [contact, count, false, nil, nil])
        pipeline.execute(ContactStatements.commit)
        let connection = try database.connect()
        let statements = [ContactStatements.begin, ContactStatements.commit] + Erasure.statements
        try connection.prepare(statements, before: .soon)
        #expect(try connection.run(pipeline, before: .soon).written(erase) == Int(count))
    }

    @Test("takes a customer of 30,000 contacts, and no other; their identifiers begin anew")
    func giant() throws {
        let store = try TestStore(database)
        _ = try store.identify("before@x", "111111")
        try database.addGiant(of: 30_000)
        _ = try store.identify("behind@x", "222222")
        #expect(try database.findings() == [])

        let giant = PiecewiseErasure.Result(primary: 2, contacts: 30_000)
        #expect(try erase(20_000) == giant)
        #expect(try database.count("contact WHERE deleted_at IS NULL") == 2)
        #expect(try database.count("contact WHERE coalesce(email, phone_number, phone_key) IS NOT NULL") == 2)
        #expect(try database.count("evidence") == 0)
        #expect(try store.identify("g7@giant", "900000").outcome == .created)
        #expect(try database.findings() == [])
        #expect(try erase(2) == giant)
        #expect(throws: ErasureError.self) { try erase(99_999) }
    }

    @Test("is what a request is told to have done above 10,000 contacts, and nothing is written then")
    func limit() throws {
        try database.addGiant(of: 10_001)
        let store = try TestStore(database)
        let before = try database.checksum()
        for erasure in [try store.erase("g1@giant", nil), try store.erase(.contact(500)), try store.erase(.contact(1))]
        {
            guard case .tooLarge(1) = erasure else {
                Issue.record("\(erasure)")
                return
            }
        }
        #expect(try database.checksum() == before)
        try eraseYoungest(1, of: 1)
        // Now it has as many as a request erases, but another has begun.
        guard case .tooLarge(1) = try store.erase(.contact(1)) else {
            Issue.record("half erased")
            return
        }
        #expect(try erase(1).contacts == 10_001)
        guard case .tooLarge(1) = try store.erase(.contact(1)) else {
            Issue.record("erased")
            return
        }

        let other = try TestDatabase()
        try other.addGiant(of: 10_000)
        #expect(try TestStore(other).erase(3) == Array(1...10_000))
        #expect(try TestStore(other).erase(10_000) == Array(1...10_000))
        #expect(try other.findings() == [])
    }

    /// Whatever was planned before a piece, and is carried out behind it.
    @Test("leaves a half erased customer whom links add to by what is left alone, and no merge and no import does")
    func halfErased() throws {
        let store = try TestStore(database)
        _ = try store.identify("older@x", "111111")
        try database.addGiant(of: 100)
        _ = try store.identify("younger@x", "222222")
        let batches = try BatchStore(
            database: database.url, rule: .new, maximumClusterSize: 1000)
        var batch = try batches.plan([BatchRow(Observation("batch@x", "8000000080"))])
        try eraseYoungest(50, of: 2)
        let underWay = ["half erased; unless identityd erase is running, run it with the id: customers 2"]
        #expect(try database.findings() == underWay)

        let connection = try database.connect()
        let deadline = Deadline.soon
        try connection.prepare(ContactStatements.all, before: deadline)
        let links: [(Parameters, Int)] = [
            ([Int64(2), "new@x", "8000000080", "8000000080", true, false, "g0@giant", nil, nil, nil], 0),
            ([Int64(2), "g80@giant", "777777", "777777", false, true, "g0@giant", nil, nil, nil], 0),
            ([Int64(2), "new@x", "8000000010", "8000000010", true, false, "g0@giant", nil, nil, nil], 1),
        ]
        for (parameters, written) in links {
            #expect(try connection.run(ContactStatements.link, parameters, before: deadline).written == written)
        }
        #expect(try !batches.write(&batch, recording: nil))
        for (older, younger) in [("older@x", "g1@giant"), ("g1@giant", "younger@x")] {
            let ids: [String: Int64] = ["older@x": 1, "g1@giant": 2, "younger@x": 102]
            let owners: [Int64: String] = [1: "older@x", 2: "g0@giant", 102: "younger@x"]
            let (primary, absorbed) = (ids[older]!, ids[younger]!)
            let merge: Parameters = [
                primary, absorbed, older, nil, nil, Int64(1000), owners[primary], nil, owners[absorbed], nil, nil, nil,
            ]
            #expect(try connection.run(ContactStatements.merge, merge, before: deadline).written == 0)
        }
        let hasty = try TestStore(database, deadline: .milliseconds(500))
        for email in ["older@x", "younger@x"] {
            #expect(throws: (any Error).self) { try hasty.identify(email, "900000") }
        }
        let rejects = try TemporaryFile()
        let tally = try database.importFile(
            TemporaryFile("email,phone\nolder@x,900000\nyounger@x,900000\nother@x,900000\ng1@giant,900000\n")
        ) { $0.rejectsPath = rejects.path }
        #expect(tally.partial == 3)
        #expect(tally.outcomes == [.known: 3, .created: 1])
        #expect(
            rejects.text.split(separator: "\n")[1] == "2,phoneNumber left out: cluster-too-large,older@x,900000")

        // What is erased says so, and what is not is still there; both lead to the rest.
        #expect(try isErased(101, store))
        #expect(try !isErased(2, store))
        #expect(try database.findings() == underWay)
        #expect(try erase(101) == PiecewiseErasure.Result(primary: 2, contacts: 101))
        #expect(try store.identify("older@x", "900000").outcome == .linked)
        #expect(try store.identify("younger@x", "900000").outcome == .merged)
        #expect(try database.findings() == [])
    }

    private func isErased(_ contact: ContactID, _ store: TestStore) throws -> Bool {
        if case .erased = try store.status(of: contact) { true } else { false }
    }

    /// Links, merges and reads of the customer go on from before the second piece to behind the last.
    @Test("while others link and merge leaves nothing of the customer, and all of the others")
    func race() throws {
        let database = database
        let others = 40
        do {
            let store = try TestStore(database)
            for number in 0..<others { _ = try store.identify("older\(number)@x", nil) }
            try database.addGiant(of: 4000)
            for number in 0..<others { _ = try store.identify("younger\(number)@x", nil) }
        }
        let giant = ContactID(others + 1)
        try eraseYoungest(100, of: giant)
        let isErased = Atomic(false)
        let failures = Mutex<[String]>([])
        let answered = Atomic(0)
        try onThreads(5) { thread in
            if thread == 0 {
                defer { isErased.store(true, ordering: .relaxed) }
                try self.erase(giant, sizes: 20...200)
                return
            }
            if thread == 1 {
                while !isErased.load(ordering: .relaxed) {
                    let findings = try Verifier(database: database.url).run().findings
                    if findings != [] { failures.withLock { $0 += findings } }
                }
                return
            }
            let store = try TestStore(database, deadline: .milliseconds(500), maximumClusterSize: 1_000_000)
            var number = 0
            while !isErased.load(ordering: .relaxed) {
                number += 1
                let cluster = Int.random(in: 1..<390) * 10
                do {
                    switch number % 4 {
                    case 0: _ = try store.identify("older\(number % others)@x", "\(8_000_000_000 + cluster)")
                    case 1: _ = try store.identify("younger\(number % others)@x", "900000")
                    case 2: _ = try store.identify("new\(thread)-\(number)@x", "\(8_000_000_000 + cluster)")
                    default: _ = try store.identify("g\(cluster + 1)@giant", "66\(number)\(thread)")
                    }
                    answered.add(1, ordering: .relaxed)
                } catch {
                    // What a request would be told to send again.
                    let isRefusal = [.contended, .busy, .unreachable].contains((error as? StoreError)?.kind)
                    if !isRefusal { failures.withLock { $0.append("\(error)") } }
                }
            }
        }
        #expect(failures.withLock { $0 } == [])
        #expect(answered.load(ordering: .relaxed) > 20)
        #expect(try database.findings() == [])
        #expect(try database.count("contact WHERE cluster_id = \(giant) AND deleted_at IS NULL") == 0)
        let kept = "contact WHERE deleted_at IS NULL AND owns_email AND email ~ '^(older|younger)'"
        #expect(try database.count(kept) == Int64(2 * others))
    }
}
