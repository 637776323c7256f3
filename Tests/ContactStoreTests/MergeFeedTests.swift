import Foundation
import Identity
import PostgreSQL
import Synchronization
import TestSupport
import Testing

@testable import ContactStore

@Suite("The feed of merges", .serialized)
final class MergeFeedTests: Sendable {
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
        let all = try #require(try store.merges())
        #expect(all.merges.map(\.primaryID) == [2, 1])
        #expect(all.merges.map(\.absorbedID) == [3, 2])
        let first = try #require(try store.merges(limit: 1))
        #expect(first.merges.map(\.id) == [1])
        let second = try #require(try store.merges(after: MergeCursor(first.next.description), limit: 1))
        #expect(second.merges.map(\.id) == [2])
        #expect(second.next == all.next)
        let end = try #require(try store.merges(after: second.next))
        #expect(end.merges.isEmpty && end.next == second.next)
    }

    @Test("of no merges has a cursor, too")
    func empty() throws {
        let store = try TestStore(database)
        let begin = try #require(try store.merges())
        #expect(begin.merges.isEmpty)
        _ = try twoMerges()
        #expect(try store.merges(after: begin.next)?.merges.count == 2)
    }

    @Test("refuses the cursor of a merge that it has not, and texts that are none")
    func cursors() throws {
        let store = try twoMerges()
        let next = try #require(try store.merges()?.next)
        let other = MergeCursor(transaction: next.transaction, id: next.id, token: MergeCursor.start.token)
        #expect(try store.merges(after: other) == nil)
        #expect(try store.merges(after: MergeCursor(transaction: next.transaction, id: 9, token: next.token)) == nil)
        let token = next.token
        for text in [
            "", "1", "1.2", "1.2.3", "..", "1.+2.\(token)", "1.02.\(token)", "-1.2.\(token)", "1.2.\(token).1",
            "1.2.\(token.uppercased())", "a@x",
        ] {
            #expect(MergeCursor(text) == nil || text == "1.2.\(token)", "\(text)")
        }
    }

    @Test("has nothing for the cursor of another database of the same cluster")
    func otherDatabase() throws {
        let cursor = try #require(try twoMerges().merges()?.next)
        let other = try TestDatabase()
        let store = try TestStore(other)
        for number in 1...3 { _ = try store.identify("e\(number)@x", "10000\(number)") }
        _ = try store.identify("e2@x", "100003")
        _ = try store.identify("e1@x", "100003")
        try other.settle()
        #expect(try store.merges()?.merges.last?.id == cursor.id)
        #expect(try store.merges(after: cursor) == nil)
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
        let end = try #require(try store.merges()?.next)
        let deadline = Deadline.soon
        let slow = try database.connect()
        try slow.run(
            script: "BEGIN; INSERT INTO contact_merge (primary_id, absorbed_id) VALUES (1, 8)", before: deadline)
        try database.run("INSERT INTO contact_merge (primary_id, absorbed_id) VALUES (1, 9)")
        #expect(try store.merges(after: end)?.merges.isEmpty == true)
        try slow.run(script: "COMMIT", before: deadline)
        try database.settle()
        #expect(try store.merges(after: end)?.merges.map(\.absorbedID) == [8, 9])
    }

    @Test("takes in what a dump brought from a cluster whose transactions were ahead, after migrate")
    func restored() throws {
        let store = try twoMerges()
        let end = try #require(try store.merges()?.next)
        try database.run("UPDATE contact_merge SET transaction_id = '900000000000' WHERE absorbed_id = 2")
        let error = #expect(throws: StoreError.self) { try TestStore(database).merges() }
        #expect(error?.kind == .notMigrated)
        #expect(try Migrator(database: database.url).migrate { _ in } == 0)
        try database.settle()
        // Its place is another one now.
        #expect(try store.merges(after: end) == nil)
        #expect(try store.merges()?.merges.map(\.absorbedID) == [3, 2])
    }

    @Test("is read with its index alone, however many merges there are")
    func plan() throws {
        try database.run(
            """
            INSERT INTO contact_merge (primary_id, absorbed_id) SELECT n, n + 1 FROM generate_series(1, 20000) AS n;
            ANALYZE contact_merge
            """)
        let page = try #require(MergeFeed.statements.first { $0.name == "merge_feed" })
        let sql = page.sql.replacing("$1", with: "'500'").replacing("$2", with: "500").replacing("$3", with: "100")
        let rows = try database.run("EXPLAIN \(sql)")
        let plan = (0..<rows.count).compactMap { rows.text($0, 0) }.joined(separator: "\n")
        #expect(plan.contains("Index Scan using contact_merge_feed"), "\(plan)")
        #expect(!plan.contains("Sort"), "\(plan)")
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
                var cursor: MergeCursor?
                while true {
                    let wasMerging = isMerging.load(ordering: .acquiring)
                    if !wasMerging { try self.database.settle() }
                    let feed = try #require(try store.merges(after: cursor, limit: 7))
                    cursor = feed.next
                    for merge in feed.merges {
                        let before = parents.withLock { $0.updateValue(merge.primaryID, forKey: merge.absorbedID) }
                        try #require(before == nil, "\(merge)")
                    }
                    if !feed.merges.isEmpty { pages.add(1, ordering: .relaxed) }
                    if feed.merges.isEmpty && !wasMerging { return }
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
        #expect(Int64(map.count) == (try database.count("contact_merge")))
    }

    private let finished = Atomic(0)
}
