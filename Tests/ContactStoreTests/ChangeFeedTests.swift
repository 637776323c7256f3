import Foundation
import Identity
import PostgreSQL
import Synchronization
import TestSupport
import Testing

@testable import ContactStore

@Suite("The feed of changes", .serialized)
final class ChangeFeedTests: Sendable {
    private let database: TestDatabase

    init() throws {
        database = try TestDatabase()
    }

    private func twoMerges() throws -> TestStore {
        let store = try TestStore(database)
        for number in 1...3 { _ = try store.identify("e\(number)@x", "10000\(number)") }
        _ = try store.identify("e2@x", "100003")
        _ = try store.identify("e1@x", "100003")
        try database.settle()
        return store
    }

    @Test("goes on behind a cursor, page by page, and stays there at the end")
    func pages() throws {
        let store = try twoMerges()
        let all = try #require(try store.changes())
        #expect(all.changes.map(\.kind) == [.merged(primary: 2, absorbed: 3), .merged(primary: 1, absorbed: 2)])
        let first = try #require(try store.changes(limit: 1))
        #expect(first.changes.map(\.id) == [1])
        let second = try #require(try store.changes(after: ChangeCursor(first.next.description), limit: 1))
        #expect(second.changes.map(\.id) == [2])
        #expect(second.next == all.next)
        let end = try #require(try store.changes(after: second.next))
        #expect(end.changes.isEmpty && end.next == second.next)
    }

    @Test("of no merges has a cursor, too")
    func empty() throws {
        let store = try TestStore(database)
        let begin = try #require(try store.changes())
        #expect(begin.changes.isEmpty)
        _ = try twoMerges()
        #expect(try store.changes(after: begin.next)?.changes.count == 2)
    }

    @Test("refuses the cursor of a merge that it has not, and texts that are none")
    func cursors() throws {
        let store = try twoMerges()
        let next = try #require(try store.changes()?.next)
        let other = ChangeCursor(transaction: next.transaction, id: next.id, token: ChangeCursor.start.token)
        #expect(try store.changes(after: other) == nil)
        #expect(try store.changes(after: ChangeCursor(transaction: next.transaction, id: 9, token: next.token)) == nil)
        let token = next.token
        for text in [
            "", "1", "1.2", "1.2.3", "..", "1.+2.\(token)", "1.02.\(token)", "-1.2.\(token)", "1.2.\(token).1",
            "1.2.\(token.uppercased())", "a@x",
        ] {
            #expect(ChangeCursor(text) == nil || text == "1.2.\(token)", "\(text)")
        }
    }

    @Test("has nothing for the cursor of another database of the same cluster")
    func otherDatabase() throws {
        let cursor = try #require(try twoMerges().changes()?.next)
        let other = try TestDatabase()
        let store = try TestStore(other)
        for number in 1...3 { _ = try store.identify("e\(number)@x", "10000\(number)") }
        _ = try store.identify("e2@x", "100003")
        _ = try store.identify("e1@x", "100003")
        try other.settle()
        #expect(try store.changes()?.changes.last?.id == cursor.id)
        #expect(try store.changes(after: cursor) == nil)
    }

    /// The transaction that waits has the smaller merge id, and commits last.
    ///
    ///     first                         second                    the feed
    ///     nextval 1
    ///                                   nextval 2, COMMIT
    ///                                                             must not go past 1
    ///     COMMIT
    ///                                                             1 and 2
    @Test("waits for a merge that is under way, and tells of it before or with what was faster")
    func slowTransaction() throws {
        let store = try twoMerges()
        let end = try #require(try store.changes()?.next)
        let deadline = Deadline.soon
        let slow = try database.connect()
        try slow.run(
            script: "BEGIN; INSERT INTO change (primary_id, other_id) VALUES (1, 8)", before: deadline)
        try database.run("INSERT INTO change (primary_id, other_id) VALUES (1, 9)")
        #expect(try store.changes(after: end)?.changes.isEmpty == true)
        try slow.run(script: "COMMIT", before: deadline)
        try database.settle()
        #expect(try store.changes(after: end)?.changes.map(\.other) == [8, 9])
    }

    @Test("takes in what a dump brought from a cluster whose transactions were ahead, after migrate")
    func restored() throws {
        let store = try twoMerges()
        let end = try #require(try store.changes()?.next)
        try database.run("UPDATE change SET transaction_id = '900000000000' WHERE other_id = 2")
        let error = #expect(throws: StoreError.self) { try TestStore(database).changes() }
        #expect(error?.kind == .notMigrated)
        #expect(try Migrator(database: database.url).migrate { _ in } == 0)
        try database.settle()
        // Its place is another one now.
        #expect(try store.changes(after: end) == nil)
        #expect(try store.changes()?.changes.map(\.other) == [3, 2])
    }

    @Test("is read with its index alone, however many merges there are")
    func plan() throws {
        try database.run(
            """
            INSERT INTO change (primary_id, other_id) SELECT n, n + 1 FROM generate_series(1, 20000) AS n;
            ANALYZE change
            """)
        let page = try #require(ChangeFeed.statements.first { $0.name == "change_feed" })
        let sql = page.sql.replacing("$1", with: "'500'").replacing("$2", with: "500").replacing("$3", with: "100")
        let rows = try database.run("EXPLAIN \(sql)")
        let plan = (0..<rows.count).compactMap { rows.text($0, 0) }.joined(separator: "\n")
        // The page itself comes in the index's order; what is sorted within is the transactions of one page.
        #expect(plan.hasPrefix("Index Scan using change_feed"), "\(plan)")
        #expect(!plan.contains("Seq Scan"), "\(plan)")
    }

    /// 300 customers of 8 first contacts each are merged by 16 threads, while a follower reads small pages.
    @Test("lets a follower know the primary of every old id, under load, from the feed alone")
    func follower() throws {
        let (groups, size) = (300, 8)
        try database.run(
            """
            INSERT INTO contact (link_precedence, email, phone_number, phone_key, owns_email, owns_phone)
            SELECT 'primary', 'e' || n || '@x', '10' || n, '10' || n, true, true
              FROM generate_series(0, \(groups * size - 1)) AS n;
            ANALYZE contact
            """)
        let isMerging = Atomic(true)
        let parents = Mutex<[ContactID: ContactID]>([:])
        let pages = Atomic(0)
        try onThreads(17) { thread in
            // Also where one fails: the follower waits for them.
            defer {
                if thread < 16 && self.finished.add(1, ordering: .acquiringAndReleasing).newValue == 16 {
                    isMerging.store(false, ordering: .releasing)
                }
            }
            let store = try TestStore(self.database)
            try store.waitUntilReady()
            if thread == 16 {
                var cursor: ChangeCursor?
                while true {
                    let wasMerging = isMerging.load(ordering: .acquiring)
                    if !wasMerging { try self.database.settle() }
                    let feed = try #require(try store.changes(after: cursor, limit: 7))
                    cursor = feed.next
                    for change in feed.changes {
                        guard case .merged(let primary, let absorbed) = change.kind else { continue }
                        let before = parents.withLock { $0.updateValue(primary, forKey: absorbed) }
                        try #require(before == nil, "\(change)")
                    }
                    if !feed.changes.isEmpty { pages.add(1, ordering: .relaxed) }
                    if feed.changes.isEmpty && !wasMerging { return }
                }
            }
            // All threads merge in the same groups, each in an order of its own.
            var random = SeededGenerator(seed: UInt64(thread))
            for group in 0..<groups {
                for _ in 0..<2 {
                    let (one, other) = (
                        Int.random(in: 0..<size, using: &random), Int.random(in: 0..<size, using: &random)
                    )
                    _ = try store.identify("e\(group * size + one)@x", "10\(group * size + other)")
                }
            }
        }
        let map = parents.withLock { $0 }
        func primary(_ id: ContactID) -> ContactID { map[id].map(primary) ?? id }
        let rows = try database.run("SELECT id, cluster_id FROM contact")
        let wrong = (0..<rows.count).filter { primary(rows.integer($0, 0)!) != rows.integer($0, 1) }
        #expect(wrong.isEmpty)
        #expect(map.count > groups && pages.load(ordering: .relaxed) > groups / 7)
        #expect(Int64(map.count) == (try database.count("change")))
    }

    private let finished = Atomic(0)
}

extension Change {
    /// Who was absorbed, or who was left.
    var other: ContactID? {
        switch kind {
        case .merged(_, let absorbed): absorbed
        case .parted(_, let from, _): from
        case .erased: nil
        }
    }
}
