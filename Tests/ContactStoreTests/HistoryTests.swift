import ContactStore
import Identity
import PostgreSQL
import Synchronization
import TestSupport
import Testing

@Suite("Reading the store")
struct HistoryTests {
    let database: TestDatabase
    let store: TestStore

    init() throws {
        database = try TestDatabase()
        store = try TestStore(database)
    }

    /// The history of a contact that is not erased.
    private func history(
        _ contact: ContactID, evidence page: ListPage = ListPage(after: 0, limit: 1000)
    ) throws -> History {
        guard case .live(let history) = try store.status(of: contact, evidence: page) else { throw Gone() }
        return history
    }

    private struct Gone: Error {}

    @Test("looks up none, one, or the two customers that identify would merge, and writes nothing")
    func lookUp() throws {
        _ = try store.identify("a@x", "111111")
        _ = try store.identify("b@x", "222222")
        _ = try store.identify("b2@x", "222222")
        let before = try database.checksum()
        #expect(try store.lookUp("n@x", "999999").isEmpty)
        #expect(try store.lookUp("a@x", nil).map(\.shape) == ["1: a@x | 111111 | "])
        #expect(try store.lookUp("n@x", "222222").map(\.shape) == ["2: b@x,b2@x | 222222 | 3"])
        #expect(
            try store.lookUp("b2@x", "111-111").map(\.shape)
                == ["1: a@x | 111111 | ", "2: b@x,b2@x | 222222 | 3"])
        #expect(try database.checksum() == before)
    }

    @Test("tells of each id its customer now, the rows, and why clusters became one")
    func status() throws {
        _ = try store.identify("a@x", "111111")
        _ = try store.identify("b@x", "222-222")
        _ = try store.identify("b@x", "333333")
        _ = try store.identify("a@x", "222 222")
        let merged = try #require(try store.identify("a@x", nil).cluster)
        for contact in 1...3 as ClosedRange<ContactID> {
            let history = try history(contact)
            #expect(history.cluster.shape == merged.shape)
            #expect(history.rows.map(\.id) == [1, 2, 3])
            #expect(history.rows.map(\.email) == ["a@x", "b@x", "b@x"])
            #expect(history.rows.map(\.phone?.text) == ["111111", "222-222", "333333"])
            #expect(history.rows.map(\.linkPrecedence) == ["primary", "secondary", "secondary"])
            #expect(history.rows.map(\.linkedID) == [nil, 1, 1])
            #expect(history.rows.allSatisfy { $0.createdAt.contains(#/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/#) })
            #expect(history.evidence.map(\.emails) == [["a@x"], ["b@x"], ["b@x"], ["a@x"]])
            #expect(
                history.evidence.map { $0.phones.map(\.text) } == [["111111"], ["222-222"], ["333333"], ["222 222"]])
            #expect(history.evidence.map(\.id) == [1, 2, 3, 4])
            #expect(history.evidence.allSatisfy { !$0.isWithdrawn })
        }
        guard case .unknown = try store.status(of: 5) else {
            Issue.record("an id that was never given out")
            return
        }
    }

    @Test(
        "tells both customers of withdrawn evidence, and of the correction that lists it, also where it is the other's contact"
    )
    func withdrawnEvidence() throws {
        _ = try store.identify("a@x", "111111")
        _ = try store.identify("a@x", "222222")
        _ = try store.identify("b@x", "222222")
        // The contact of a@x and 222222 is the phone's.
        _ = try store.correct(.keepApart(1, 3, evidence: [2]))
        let (one, other) = (try history(1), try history(3))
        #expect(one.cluster.shape == "1: a@x | 111111 | " && other.cluster.shape == "2: b@x | 222222 | 3")
        #expect(one.rows.map(\.id) == [1] && other.rows.map(\.id) == [2, 3])
        #expect(one.evidence.map(\.id) == [1, 2] && one.evidence.map(\.isWithdrawn) == [false, true])
        #expect(one.evidence[1].emails == ["a@x"] && one.evidence[1].phones.map(\.text) == ["222222"])
        #expect(other.evidence.map(\.id) == [2, 3] && other.evidence.map(\.isWithdrawn) == [true, false])
        #expect(one.corrections.map(\.correction.evidence) == [[2]])
        #expect(other.corrections.map(\.correction.evidence) == [[2]])
    }

    @Test("tells of the evidence page by page, in the order in which it came, with whose request it was")
    func evidencePages() throws {
        for (number, email) in ["a@x", "b@x", "c@x"].enumerated() {
            let origin = RequestOrigin(client: "shop", requestID: "request-\(number)")
            _ = try store.identify(email, "\(number)11111", from: origin)
        }
        _ = try store.identify("a@x", "211111")
        _ = try store.identify("a@x", "111111")
        let first = try history(1, evidence: ListPage(after: 0, limit: 3)).evidence
        let rest = try history(1, evidence: ListPage(after: 3, limit: 3)).evidence
        #expect(first.map(\.id) == [1, 2, 3] && rest.map(\.id) == [4, 5])
        #expect(rest.map { $0.phones.map(\.text) } == [["211111"], ["111111"]])
        #expect(first.map(\.origin.client) == ["shop", "shop", "shop"])
        #expect(first.map(\.origin.requestID) == ["request-0", "request-1", "request-2"])
        #expect(rest.allSatisfy { $0.origin.client == nil && $0.origin.requestID == nil })
    }

    @Test("tells of every id that was ever answered, after 10,000 random merges")
    func everyID() throws {
        let (groups, size) = (1000, 11)
        try database.run(
            """
            INSERT INTO contact (link_precedence, email, phone_number, phone_key, owns_email, owns_phone)
            SELECT 'primary', 'e' || n || '@x', '10' || n, '10' || n, true, true
              FROM generate_series(0, \(groups * size - 1)) AS n;
            ANALYZE contact
            """)
        let answered = Mutex<Set<ContactID>>([])
        try onThreads(4) { [database] thread in
            let store = try TestStore(database)
            var random = SeededGenerator(seed: UInt64(thread))
            for group in stride(from: thread, to: groups, by: 4) {
                let members = (0..<size).map { group * size + $0 }.shuffled(using: &random)
                for index in 1..<size {
                    let other = members[Int.random(in: 0..<index, using: &random)]
                    let merged = try store.identify("e\(members[index])@x", "10\(other)")
                    #expect(merged.outcome == .merged)
                    let cluster = try #require(merged.cluster)
                    answered.withLock { $0.formUnion([cluster.primaryID] + cluster.secondaryIDs) }
                }
            }
        }
        let ids = answered.withLock { $0 }
        #expect(ids.count == groups * size)
        let begin = ContinuousClock.now
        for id in ids {
            let history = try history(id)
            #expect(history.rows.contains { $0.id == id })
            #expect(history.rows.count == size && history.evidence.count == size + size - 1)
            #expect(history.evidence.map(\.id) == history.evidence.map(\.id).sorted())
        }
        #expect(.now - begin < .seconds(300))
        #expect(try database.findings() == [])
    }
}
