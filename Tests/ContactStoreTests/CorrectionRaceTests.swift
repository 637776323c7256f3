import Foundation
import Identity
import PostgreSQL
import Synchronization
import TestSupport
import Testing

@testable import ContactStore

@Suite("Corrections at once")
final class CorrectionRaceTests: Sendable {
    private static let threads = 32
    /// Threads with a customer of their own: whose changes come at the same time, and in the feed in one order.
    private static let others = 4

    /// On 32 threads at once, unlink, undo, link, merge, identify and erase, all of one customer, in each of 200 rounds; and beside
    /// them all a follower of the feed.
    @Test(
        "with all else: nobody holds what is kept apart, nothing has two owners, and the feed tells who is who at every cursor"
    )
    func race() throws {
        let database = try TestDatabase()
        let stores = try (0..<CorrectionRaceTests.threads + CorrectionRaceTests.others).map { _ in
            try TestStore(database)
        }
        for store in stores { try store.waitUntilReady() }
        let following = Background { [self] in try follow(database) }
        defer { isRacing.store(false, ordering: .releasing) }
        for round in 0..<200 {
            try onThreads(stores.count) { thread in
                var random = SeededGenerator(seed: UInt64(round * stores.count + thread))
                let customer = max(0, thread - CorrectionRaceTests.threads + 1)
                for _ in 0..<(customer == 0 ? 1 : 2) {
                    let email = "r\(round)c\(customer)e\(Int.random(in: 0..<4, using: &random))@x"
                    let number = Int.random(in: 0..<4, using: &random)
                    let phone = "5\(10_000 * (round + 1) + 10 * customer + number)"
                    try self.carryOut(email, phone, on: stores[thread], &random)
                }
            }
        }
        isRacing.store(false, ordering: .releasing)
        try following.join()
        #expect(try database.findings() == [])
        let (undone, standing) = (
            try database.count("correction WHERE undone_at IS NOT NULL"), try database.count("correction")
        )
        #expect(undone > 20 && standing > 200, "\(undone) of \(standing)")
    }

    private let isRacing = Atomic(true)

    /// Compares, at each cursor, what the feed has told with the customers that the database has.
    private func follow(_ database: TestDatabase) throws {
        let (store, connection) = (try TestStore(database), try database.connect())
        try store.waitUntilReady()
        var follower = Follower()
        var (cursors, amidst) = (0, 0)
        while true {
            let wasRacing = isRacing.load(ordering: .acquiring)
            if !wasRacing { try database.settle() }
            let isAtEnd = try !follower.readPage(store)
            if !isAtEnd || !wasRacing {
                let found = try follower.compare(connection, answered: answered.withLock { $0 })
                try #require(found.wrong == [], "cursor \(cursors)")
                cursors += 1
                if wasRacing && found.isAmidst { amidst += 1 }
            }
            if isAtEnd && !wasRacing { break }
            if isAtEnd { usleep(5000) }
        }
        #expect(follower.kinds.count == 3)
        #expect(cursors > 20 && amidst > 0, "\(cursors) cursors, \(amidst) amidst changes")
    }

    /// The newest corrections.
    private let made = Mutex<[CorrectionID]>([])

    private func carryOut(
        _ email: String, _ phone: String, on store: TestStore, _ random: inout SeededGenerator
    ) throws {
        let pair = IdentifierPair(.email(Email(stored: email)), .phone(Phone(stored: phone, key: phone)))
        do {
            switch Int.random(in: 0..<12, using: &random) {
            case 0..<6: note(try store.identify(email, phone))
            case 6: note(try store.identify(email, nil))
            case 7..<9: note(try store.correct(.unlink(pair, evidence: [])))
            case 9: note(try store.correct(.disown(pair.other)))
            case 10:
                if let last = made.withLock({ $0.randomElement(using: &random) }) { try store.undo([last]) }
            default: _ = try store.erase(email, nil)
            }
        } catch is CorrectionRefusal {}
    }

    /// Contacts that were a primary.
    private let answered = Mutex<Set<ContactID>>([])

    private func note(_ identification: Identification) {
        guard let primary = identification.cluster?.primaryID else { return }
        _ = answered.withLock { $0.insert(primary) }
    }

    private func note(_ corrected: Corrected) {
        made.withLock { $0 = $0.suffix(8) + corrected.records.map(\.correction.id) }
    }
}

/// Who is who for someone who knows the feed alone.
private struct Follower {
    private var cursor: ChangeCursor?
    /// Of each contact that was named: its customer's primary.
    private var primaries: [ContactID: ContactID] = [:]
    private var erased: Set<ContactID> = []
    private(set) var kinds: Set<String> = []

    /// - Returns: Whether there was something on it.
    mutating func readPage(_ store: TestStore) throws -> Bool {
        let feed = try #require(try store.changes(after: cursor, limit: 50))
        cursor = feed.next
        for change in feed.changes { take(change.kind) }
        return !feed.changes.isEmpty
    }

    private mutating func take(_ kind: Change.Kind) {
        switch kind {
        case .merged(let primary, let absorbed):
            kinds.insert("merged")
            for (contact, _) in primaries.filter({ $0.value == absorbed }) { primaries[contact] = primary }
            (primaries[absorbed], primaries[primary]) = (primary, primary)
        case .parted(let primary, _, let contacts):
            kinds.insert("parted")
            for contact in contacts { primaries[contact] = primary }
        case .erased(let contacts):
            kinds.insert("erased")
            for contact in contacts { primaries[contact] = nil }
            erased.formUnion(contacts)
        }
    }

    /// What the feed has told up to the cursor, and what one moment of the database has behind it, must make the customers of that
    /// moment.
    ///
    /// A page ends before the oldest transaction that runs, so the database may be ahead. It is with changes that the
    /// next pages will have in this order: one that came in before the cursor, or in another order, is missing here.
    /// - Parameter answered: Contacts that were a primary before: those that the feed never names still are.
    /// - Returns: Contacts whose customer is another one; and whether the database was ahead.
    func compare(_ connection: Connection, answered: Set<ContactID>) throws -> (wrong: [ContactID], isAmidst: Bool) {
        let cursor = cursor ?? .start
        // One statement sees one moment.
        let rows = try connection.run(
            script: """
                SELECT NULL AS kind, id, cluster_id, NULL AS other, NULL AS contacts, NULL AS transaction_id FROM contact
                 WHERE deleted_at IS NULL AND cluster_id > 0
                 UNION ALL
                SELECT kind, id, primary_id, other_id, array_to_string(contact_ids, ','), transaction_id FROM change
                 WHERE (transaction_id, id) > ('\(cursor.transaction)'::xid8, \(cursor.id))
                 ORDER BY transaction_id, id
                """, before: .soon)
        var ahead = self
        var stored: [ContactID: ContactID] = [:]
        for row in 0..<rows.count {
            let primary = rows.integer(row, 2)
            let contacts = rows.text(row, 4)?.split(separator: ",").compactMap { ContactID($0) } ?? []
            switch rows.text(row, 0) {
            case nil: stored[rows.integer(row, 1)!] = primary
            case "merged": ahead.take(.merged(primary: primary!, absorbed: rows.integer(row, 3)!))
            case "parted": ahead.take(.parted(primary: primary!, from: rows.integer(row, 3)!, contacts: contacts))
            default: ahead.take(.erased(contacts: contacts))
            }
        }
        let named =
            ahead.primaries.filter { stored[$0.key] != $0.value }.keys + ahead.erased.filter { stored[$0] != nil }
        let unnamed = answered.filter { ahead.primaries[$0] == nil && !ahead.erased.contains($0) && stored[$0] != $0 }
        return ((named + unnamed).sorted(), rows.count > stored.count)
    }
}
