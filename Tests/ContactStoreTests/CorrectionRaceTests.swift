import Identity
import PostgreSQL
import Synchronization
import TestSupport
import Testing

@testable import ContactStore

@Suite("Corrections at once")
final class CorrectionRaceTests: Sendable {
    private static let threads = 32

    /// On 32 threads at once, unlink, undo, link, merge, identify and erase, all of one customer, in each of 200 rounds.
    @Test("with all else: nobody holds what is kept apart, nothing has two owners, and the feed tells who is who")
    func race() throws {
        let database = try TestDatabase()
        let stores = try (0..<CorrectionRaceTests.threads).map { _ in try TestStore(database) }
        for store in stores { try store.waitUntilReady() }
        var follower = Follower()
        for round in 0..<200 {
            try onThreads(CorrectionRaceTests.threads) { thread in
                var random = SeededGenerator(seed: UInt64(round * CorrectionRaceTests.threads + thread))
                let email = "r\(round)e\(Int.random(in: 0..<4, using: &random))@x"
                let phone = "5\(10_000 * (round + 1) + Int.random(in: 0..<4, using: &random))"
                try self.carryOut(email, phone, on: stores[thread], &random)
            }
            guard round % 10 == 9 else { continue }
            try database.settle()
            try follower.follow(stores[0])
            #expect(try follower.wrong(in: database) == [], "round \(round)")
        }
        #expect(try database.findings() == [])
        #expect(follower.kinds.count == 3)
        let (undone, standing) = (
            try database.count("correction WHERE undone_at IS NOT NULL"), try database.count("correction")
        )
        #expect(undone > 20 && standing > 200, "\(undone) of \(standing)")
    }

    /// The newest corrections.
    private let made = Mutex<[CorrectionID]>([])

    private func carryOut(
        _ email: String, _ phone: String, on store: TestStore, _ random: inout SeededGenerator
    ) throws {
        let pair = IdentifierPair(.email(Email(stored: email)), .phone(Phone(stored: phone, key: phone)))
        do {
            switch Int.random(in: 0..<12, using: &random) {
            case 0..<6: _ = try store.identify(email, phone)
            case 6: _ = try store.identify(email, nil)
            case 7..<9: note(try store.correct(.unlink(pair, evidence: [])))
            case 9: note(try store.correct(.disown(pair.other)))
            case 10:
                if let last = made.withLock({ $0.randomElement(using: &random) }) { try store.undo([last]) }
            default: _ = try store.erase(email, nil)
            }
        } catch is CorrectionRefusal {}
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
    private(set) var kinds: Set<String> = []

    mutating func follow(_ store: TestStore) throws {
        while true {
            let feed = try #require(try store.changes(after: cursor, limit: 7))
            cursor = feed.next
            if feed.changes.isEmpty { return }
            for change in feed.changes { take(change.kind) }
        }
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
        }
    }

    /// Contacts whose customer is another one.
    func wrong(in database: TestDatabase) throws -> [ContactID] {
        let rows = try database.run("SELECT id, cluster_id FROM contact WHERE deleted_at IS NULL AND cluster_id > 0")
        let stored = Dictionary(
            uniqueKeysWithValues: (0..<rows.count).map { (rows.integer($0, 0)!, rows.integer($0, 1)!) })
        return primaries.filter { stored[$0.key] != $0.value }.keys.sorted()
    }
}
