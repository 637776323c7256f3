import Foundation
import Identity
import PostgreSQL
import Synchronization
import TestSupport
import Testing

@testable import ContactStore

@Suite("Followers that wait for changes", .serialized)
final class FollowerTests: Sendable {
    private let database: TestDatabase
    private let store: TestStore

    init() throws {
        database = try TestDatabase()
        store = try TestStore(database)
    }

    /// Makes one customer of two new ones.
    private func merge(_ number: Int) throws {
        for half in 1...2 { _ = try store.identify("m\(number)-\(half)@x", "90\(number)000\(half)") }
        _ = try store.identify("m\(number)-1@x", "90\(number)0002")
    }

    private func end() throws -> ChangeFeed {
        try #require(try store.changes())
    }

    /// Followers of one end of the feed, each on a thread, until all have an answer.
    private func follow(
        _ count: Int, within wait: Duration, meanwhile body: () throws -> Void
    ) throws -> [Result<ChangeFeed?, any Error>] {
        let end = try end()
        let answers = Mutex<[Result<ChangeFeed?, any Error>]>([])
        let threads = (0..<count).map { _ in
            Background { [store] in
                let answer = Result { try store.changes(behind: end, within: wait) }
                answers.withLock { $0.append(answer) }
            }
        }
        #expect(try eventually { try store.followerCount() == count })
        try body()
        for thread in threads { try thread.join() }
        return answers.withLock { $0 }
    }

    @Test("hear of a merge, each of the same")
    func hear() throws {
        let answers = try follow(5, within: .seconds(300)) { try merge(1) }
        for answer in answers {
            let feed = try #require(try answer.get())
            #expect(feed.changes.map(\.kind) == [.merged(primary: 1, absorbed: 2)])
        }
        #expect(try store.followerCount() == 0)
    }

    @Test("get the end that they know where the time is over, and at once where nobody is to wait any more")
    func nothing() throws {
        try merge(1)
        try database.settle()
        let known = try end()
        let begin = ContinuousClock.now
        let answers = try follow(2, within: .seconds(3)) {}
        #expect(.now - begin >= .seconds(3))
        let letGo = try follow(2, within: .seconds(600)) { try store.letFollowersGo() }
        for answer in answers + letGo {
            let feed = try #require(try answer.get())
            #expect(feed.next == known.next)
        }
        // Nor does one that comes afterwards.
        _ = try store.changes(behind: known, within: .seconds(600))
    }

    /// It could be told of before it is listed; then the follower would come back for nothing, again and again.
    @Test("do not hear of a change while an older transaction runs, and do once that is over")
    func listed() throws {
        let other = try database.connect()
        try other.run(script: "BEGIN; SELECT pg_current_xact_id()", before: .soon)
        let early = try follow(1, within: .seconds(3)) { try merge(1) }
        #expect(try early[0].get()?.next == .start)
        let late = try follow(1, within: .seconds(300)) { try other.run(script: "COMMIT", before: .soon) }
        #expect(try late[0].get()?.changes.count == 1)
    }

    @Test("are let go of when nobody waits for their answer any more")
    func gone() throws {
        let end = try end()
        #expect(try store.changes(behind: end, within: .seconds(600), unless: { true })?.next == end.next)
    }

    @Test("are told what the database refuses")
    func refused() throws {
        let answers = try follow(2, within: .seconds(600)) {
            try database.run("ALTER TABLE change RENAME TO away")
        }
        for answer in answers { #expect(throws: StoreError.self) { try answer.get() } }
    }
}
