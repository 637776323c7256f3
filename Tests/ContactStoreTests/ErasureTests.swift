import Foundation
import Identity
import PostgreSQL
import Synchronization
import TestSupport
import Testing

@testable import ContactStore

@Suite("Erasing", .serialized)
final class ErasureTests: Sendable {
    private let database: TestDatabase

    init() throws {
        database = try TestDatabase()
    }

    /// Customer 1 with the contacts 1, 2 and 3, of two merged clusters; and customer 4.
    private func customers() throws -> TestStore {
        let store = try TestStore(database)
        _ = try store.identify("a@x", "111111")
        _ = try store.identify("a2@x", "111111")
        _ = try store.identify("b@x", "222222")
        _ = try store.identify("c@x", "333333")
        _ = try store.identify("a@x", "222222")
        return store
    }

    private func isErased(_ contact: ContactID, _ store: TestStore) throws -> Bool {
        if case .erased = try store.status(of: contact) { true } else { false }
    }

    @Test("by any id takes the whole customer, and no other", arguments: 1...3 as ClosedRange<ContactID>)
    func byID(contact: ContactID) throws {
        let store = try customers()
        #expect(try store.erase(contact) == [1, 2, 3])
        for id in 1...3 as ClosedRange<ContactID> { #expect(try isErased(id, store)) }
        #expect(try store.lookUp("c@x", nil).map(\.primaryID) == [4])
        #expect(try database.count("contact WHERE coalesce(email, phone_number, phone_key) IS NOT NULL") == 1)
        #expect(try database.count("evidence") == 0)
        try database.settle()
        #expect(
            try store.changes()?.changes.map(\.kind)
                == [.merged(primary: 1, absorbed: 3), .erased(contacts: [1, 2, 3])])
        #expect(try database.findings() == [])
    }

    @Test("by identifiers needs them to be one customer's")
    func byIdentifiers() throws {
        let store = try customers()
        for (email, phone) in [("a@x", "333333"), ("a@x", "999999"), ("n@x", "111111")] {
            guard case .ambiguous = try store.erase(email, phone) else {
                Issue.record("\(email), \(phone)")
                return
            }
        }
        guard case .unknown = try store.erase("n@x", "999999") else {
            Issue.record("no customer")
            return
        }
        #expect(try store.erase("a2@x", "222-222").contacts == [1, 2, 3])
    }

    @Test("may be repeated by id, and of an id that was never given out says so")
    func repeated() throws {
        let store = try customers()
        #expect(try store.erase(2) == [1, 2, 3])
        let before = try database.checksum()
        #expect(try store.erase(3) == [1, 2, 3])
        #expect(try database.checksum() == before)
        #expect(try store.erase(9) == nil)
    }

    @Test("repeated by identifiers finds no customer, as they are no customer's any more")
    func repeatedByIdentifiers() throws {
        let store = try customers()
        #expect(try store.erase("a@x", "222222").contacts == [1, 2, 3])
        guard case .unknown = try store.erase("a@x", "222222") else {
            Issue.record("erased again")
            return
        }
        _ = try store.identify("a@x", nil)
        #expect(try store.erase("a@x", nil).contacts == [6])
    }

    @Test("lets the same identifiers begin a new customer, whose merges the old ones have no part in")
    func anew() throws {
        let store = try customers()
        _ = try store.erase("a@x", nil)
        #expect(try store.identify("a@x", "222222").cluster?.shape == "6: a@x | 222222 | ")
        #expect(try store.identify("a@x", "333333").cluster?.shape == "4: c@x,a@x | 333333,222222 | 6")
        #expect(try isErased(1, store))
        #expect(try database.findings() == [])
    }

    /// The other transaction has locked the primary, which erasing waits for: what it then sees of the cluster must
    /// be from after that wait, which at REPEATABLE READ it is not. (The race below hardly ever meets this moment.)
    @Test(
        "waits for links and merges under way, and erases what they brought",
        arguments: [
            (
                ContactStatements.link,
                [Int64(1), "n@x", "111111", "111111", true, false, "a@x", "111111", nil, nil], [1, 2, 3, 6]
            ),
            (
                ContactStatements.merge,
                [
                    Int64(1), Int64(4), "a@x", "333333", "333333", Int64(1000), "a@x", "111111", "c@x", "333333", nil,
                    nil,
                ],
                [1, 2, 3, 4]
            ),
        ] as [(Statement, Parameters, [ContactID])])
    func waits(writes: Statement, parameters: Parameters, erased: [ContactID]) throws {
        let store = try customers()
        let barrier = Barrier(2)
        try onThreads(2) { [database] thread in
            if thread == 0 {
                try barrier.wait()
                #expect(try store.erase(2) == erased)
                return
            }
            let deadline = Deadline.soon
            let connection = try database.connect()
            try connection.prepare(ContactStatements.all, before: deadline)
            _ = try connection.run(ContactStatements.begin, [], before: deadline)
            #expect(try connection.run(writes, parameters, before: deadline).written == 1)
            try barrier.wait()
            let waiting = "pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
            try #require(eventually { try database.count(waiting) > 0 })
            _ = try connection.run(ContactStatements.commit, [], before: deadline)
        }
        #expect(try database.findings() == [])
    }

    /// Of each round's customer, half of the threads introduce new e-mails, some merge it with another, and two
    /// erase it. Whatever came first, what is left is whole customers, alive or erased.
    @Test("while others link and merge comes before or after, never between")
    func race() throws {
        let (rounds, threads) = (200, 16)
        let store = try TestStore(database)
        for round in 0..<rounds {
            _ = try store.identify("a\(round)@x", "10\(round)")
            _ = try store.identify("b\(round)@x", "20\(round)")
        }
        let barrier = Barrier(threads)
        let failures = Mutex<[String]>([])
        let erased = Mutex<Set<ContactID>>([])
        let erasures = Atomic(0)
        try onThreads(threads) { thread in
            let store = try TestStore(self.database)
            try store.waitUntilReady()
            for round in 0..<rounds {
                try barrier.wait()
                do {
                    switch thread {
                    case 0, 1:
                        let contacts =
                            try thread == 0
                            ? store.erase(ContactID(2 * round + 1))
                            : store.erase(nil, "20\(round)").contacts
                        erasures.add(contacts == nil ? 0 : 1, ordering: .relaxed)
                        erased.withLock { $0.formUnion(contacts ?? []) }
                    case 2...5: _ = try store.identify("a\(round)@x", "20\(round)")
                    default: _ = try store.identify("n\(round)-\(thread)@x", "\(1 + thread % 2)0\(round)")
                    }
                } catch {
                    failures.withLock { $0.append("\(error)") }
                }
            }
        }
        #expect(failures.withLock { $0 } == [])
        #expect(try database.findings() == [])
        #expect(try database.count("contact WHERE deleted_at IS NOT NULL") == Int64(erased.withLock { $0.count }))
        #expect(erasures.load(ordering: .relaxed) >= rounds)
    }
}
