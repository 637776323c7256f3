import ContactStore
import Identity
import Synchronization
import TestSupport
import Testing

@Suite("A cluster of the largest size allowed")
final class ClusterSizeTests: Sendable {
    private let database: TestDatabase

    init() throws {
        database = try TestDatabase()
    }

    @Test("is answered; what would make it larger is refused whole")
    func refused() throws {
        let store = try TestStore(database, maximumClusterSize: 3)
        for email in ["a@x", "b@x", "c@x"] { _ = try store.identify(email, "111111") }
        _ = try store.identify("y@x", "222222")
        for (email, phone, primaries) in [("d@x", "111111", [1]), ("c@x", "333333", [1]), ("y@x", "111111", [1, 4])] {
            let error = try #require(throws: StoreError.self) { try store.identify(email, phone) }
            #expect(error.kind == .clusterTooLarge(primaries.map(ContactID.init)))
        }
        #expect(try store.identify("c@x", "111111").outcome == .known)
        #expect(try store.identify("z@x", "222222").outcome == .linked)
        #expect(try database.count("contact") == 5)
        #expect(try database.count("contact_merge") == 0)
        #expect(try database.findings() == [])
    }

    /// One customer and seven others of each round, all of two contacts, which eight requests want to merge
    /// with the first at once: only three may, whatever each of them saw when it began.
    @Test("is passed by no merges, whatever arrives at once")
    func mergesAtOnce() throws {
        let (rounds, threads) = (40, 7)
        let store = try TestStore(database)
        for round in 0..<rounds {
            for customer in 0...threads {
                for name in ["a", "b"] {
                    _ = try store.identify("\(name)\(round)-\(customer)@x", "\(customer)00\(round)")
                }
            }
        }
        let refusals = Atomic(0)
        let barrier = Barrier(threads)
        try onThreads(threads) { thread in
            let store = try TestStore(self.database, maximumClusterSize: 8)
            for round in 0..<rounds {
                try barrier.wait()
                do {
                    _ = try store.identify("a\(round)-0@x", "\(thread + 1)00\(round)")
                } catch let error as StoreError {
                    guard case .clusterTooLarge = error.kind else { throw error }
                    refusals.add(1, ordering: .relaxed)
                }
            }
        }
        let sizes = "(SELECT count(*) AS size FROM contact GROUP BY cluster_id) AS sizes"
        #expect(try database.count("\(sizes) WHERE size > 8") == 0)
        #expect(try database.count("\(sizes) WHERE size = 8") == Int64(rounds))
        #expect(refusals.load(ordering: .relaxed) == rounds * (threads - 3))
        #expect(try database.findings() == [])
    }
}
