import ContactStore
import Identity
import Synchronization
import TestSupport
import Testing

/// Each race is run for 200 rounds of 32 threads; every answer is checked, and afterwards the verifier and
/// the model must agree about the whole table. It ends with the first round that has a wrong answer: a customer that
/// can't be written to any more is found out only at the deadline.
@Suite("Whatever arrives at once", .serialized)
final class RaceTests: Sendable {
    private static let rounds = 200
    private static let threads = 32
    private static let stores = 4

    private let database: TestDatabase
    private let model = Mutex(CustomerModel())

    init() throws {
        database = try TestDatabase()
    }

    /// Three customers of each round, and requests that tie each to the next, all at once.
    @Test("rings of three clusters make one customer")
    func rings() throws {
        try prepare { round in (0..<3).map { ("e\(round)-\($0)@x", "\($0)0\(round)") } }
        try race { round, thread in ("e\(round)-\(thread % 3)@x", "\((thread + 1) % 3)0\(round)") }
        #expect(try database.count("contact WHERE linked_id IS NULL") == Int64(RaceTests.rounds))
        #expect(try database.count("change") == Int64(RaceTests.rounds * 2))
    }

    /// Links into a cluster that one thread, another in each round, has absorbed at the same moment: a
    /// secondary that the absorbing transaction could not see yet must not be left behind. (With REPEATABLE
    /// READ in the place of SERIALIZABLE, it is.)
    @Test("links into clusters that are being merged follow them")
    func linksDuringMerges() throws {
        try prepare { round in [("a\(round)@x", "10\(round)"), ("b\(round)@x", "20\(round)")] }
        try race { round, thread in
            thread == round % RaceTests.threads
                ? ("a\(round)@x", "20\(round)") : ("n\(round)-\(thread)@x", "20\(round)")
        }
        #expect(try database.count("contact WHERE linked_id IS NULL") == Int64(RaceTests.rounds))
    }

    @Test("32 requests with one new identity make one customer")
    func oneNewIdentity() throws {
        try race { round, _ in ("new\(round)@x", "10\(round)") }
        #expect(try database.count("contact") == Int64(RaceTests.rounds))
    }

    @Test("new e-mails on one phone make one customer with all of them")
    func newEmailsOnOnePhone() throws {
        try race { round, thread in ("e\(round)-\(thread)@x", "10\(round)") }
        #expect(try database.count("contact WHERE linked_id IS NULL") == Int64(RaceTests.rounds))
        #expect(try database.count("contact") == Int64(RaceTests.rounds * RaceTests.threads))
    }

    /// Two customers of each round, A and B. Half of the threads ask for A's e-mail with B's phone, the
    /// other half for B's e-mail with A's phone: both say that A and B are one, in opposite order.
    @Test("crossing merges make one customer")
    func crossingMerges() throws {
        try prepare { round in [("a\(round)@x", "10\(round)"), ("b\(round)@x", "20\(round)")] }
        try race { round, thread in
            thread.isMultiple(of: 2) ? ("a\(round)@x", "20\(round)") : ("b\(round)@x", "10\(round)")
        }
        #expect(try database.count("contact WHERE linked_id IS NULL") == Int64(RaceTests.rounds))
        #expect(try database.count("change") == Int64(RaceTests.rounds))
    }

    /// The customers that each round begins with.
    private func prepare(_ requests: (_ round: Int) -> [(String, String)]) throws {
        let store = try TestStore(database)
        for (email, phone) in (0..<RaceTests.rounds).flatMap(requests) {
            model.withLock { $0.observe(email: email, phone: phone) }
            _ = try store.identify(email, phone)
        }
    }

    /// Runs the rounds one after the other, each with all threads at once, and checks what came out.
    private func race(_ request: @escaping @Sendable (_ round: Int, _ thread: Int) -> (String, String)) throws {
        let wrongAnswers = Mutex<[String]>([])
        let barrier = Barrier(RaceTests.threads)
        let stores = try (0..<RaceTests.stores).map { _ in try TestStore(database, deadline: .seconds(10)) }
        try onThreads(RaceTests.threads) { thread in
            let store = stores[thread % RaceTests.stores]
            for round in 0..<RaceTests.rounds {
                // Between the two, all answers of the last round are there, and none of this one.
                try barrier.wait()
                guard wrongAnswers.withLock({ $0.isEmpty }) else { return }
                let (email, phone) = request(round, thread)
                self.model.withLock { $0.observe(email: email, phone: phone) }
                try barrier.wait()
                do {
                    let cluster = try #require(try store.identify(email, phone).cluster)
                    if cluster.emails.contains(where: { $0.text == email }),
                        cluster.phones.contains(where: { $0.key == phone })
                    {
                        continue
                    }
                    wrongAnswers.withLock { $0.append("\(email), \(phone): \(cluster.shape)") }
                } catch {
                    wrongAnswers.withLock { $0.append("\(email), \(phone): \(error)") }
                }
            }
        }
        try #require(Array(wrongAnswers.withLock { $0 }.prefix(5)) == [])
        #expect(try database.findings() == [])
        #expect(try Array(database.customers().symmetricDifference(model.withLock { $0.customers }).prefix(5)) == [])
    }
}
