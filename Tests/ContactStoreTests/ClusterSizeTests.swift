import Identity
import Synchronization
import TestSupport
import Testing

@testable import ContactStore

@Suite("A cluster of the largest size allowed")
final class ClusterSizeTests: Sendable {
    private let database: TestDatabase

    init() throws {
        database = try TestDatabase()
    }

    private let phone = [LeftOut(field: .phoneNumber, reason: .clusterTooLarge)]

    @Test(
        "is answered; of what would make it larger, the phone is left out, and its repetition opens no transaction",
        arguments: [
            ("y@x", "111111", "4: y@x | 222222 | ", .known), ("c@x", "222222", "1: a@x,b@x,c@x | 111111 | 2,3", .known),
            ("c@x", "333333", "1: a@x,b@x,c@x | 111111 | 2,3", .known), ("d@x", "111111", "5: d@x |  | ", .created),
        ] as [(String, String, String, Outcome)])
    func leavesOut(email: String, number: String, shape: String, outcome: Outcome) throws {
        let store = try TestStore(database, maximumClusterSize: 3)
        for email in ["a@x", "b@x", "c@x"] { _ = try store.identify(email, "111111") }
        _ = try store.identify("y@x", "222222")
        let first = try store.identify(email, number)
        #expect(first.cluster?.shape == shape && first.outcome == outcome && first.leftOut == phone)
        #expect(try database.count("change") == 0)
        for (email, number) in [("c@x", "111111"), ("c@x", nil), (nil, "111111"), ("z@x", "222222"), (email, nil)] {
            #expect(try store.identify(email, number).leftOut == [])
        }
        #expect(try database.findings() == [])

        // It has no session to write with.
        let reader = try TestStore(
            database, connections: ContactStore.readers, deadline: .seconds(1), maximumClusterSize: 3)
        let again = try reader.identify(email, number)
        #expect(again.cluster?.primaryID == first.cluster?.primaryID)
        #expect(again.outcome == .known && again.leftOut == phone)
        #expect(throws: StoreError.self) { try reader.identify("new@x", nil) }
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
        let leftOut = Atomic(0)
        let barrier = Barrier(threads)
        try onThreads(threads) { thread in
            let store = try TestStore(self.database, maximumClusterSize: 8)
            for round in 0..<rounds {
                try barrier.wait()
                let answer = try store.identify("a\(round)-0@x", "\(thread + 1)00\(round)")
                if answer.leftOut == self.phone { leftOut.add(1, ordering: .relaxed) }
            }
        }
        let sizes = "(SELECT count(*) AS size FROM contact GROUP BY cluster_id) AS sizes"
        #expect(try database.count("\(sizes) WHERE size > 8") == 0)
        #expect(try database.count("\(sizes) WHERE size = 8") == Int64(rounds))
        #expect(leftOut.load(ordering: .relaxed) == rounds * (threads - 3))
        #expect(try database.findings() == [])
    }
}
