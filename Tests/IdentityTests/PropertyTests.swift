import Identity
import TestSupport
import Testing

/// Random requests over few identifiers, so that they meet often, against the model of docs/specification.md.
@Suite("For any requests")
struct PropertyTests {
    typealias Request = (email: String?, phone: String?)

    private static func requests(_ random: inout SeededGenerator) -> [Request] {
        (0..<Int.random(in: 1...60, using: &random)).map { _ in
            let email = "e\(Int.random(in: 0..<12, using: &random))@x"
            let phone = "10\(Int.random(in: 0..<12, using: &random))"
            switch Int.random(in: 0..<4, using: &random) {
            case 0: return (email, nil)
            case 1: return (nil, phone)
            default: return (email, phone)
            }
        }
    }

    private static func fill(_ requests: [Request], maximumClusterSize: Int = .max) throws -> Book {
        var book = Book(maximumClusterSize: maximumClusterSize)
        for request in requests { _ = try book.identify(request.email, request.phone) }
        return book
    }

    private static func customers(_ book: Book) -> Set<Set<String>> {
        Set(
            Dictionary(grouping: book.rows, by: \.primaryID).values.map { rows in
                Set(rows.compactMap { $0.email.map { "email \($0.text)" } })
                    .union(rows.compactMap { $0.phone.map { "phone \($0.key)" } })
            })
    }

    @Test(
        "answers are what the model says, with the limit on a customer's size, too", arguments: 0..<300 as Range<UInt64>
    )
    func answers(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let limit = Int.random(in: 1...12, using: &random)
        var (book, model) = (Book(), CustomerModel(maximumClusterSize: limit))
        book.maximumClusterSize = limit
        for (email, phone) in PropertyTests.requests(&random) {
            let (expected, found) = (model.identify(email, phone), try book.identification(email, phone))
            #expect(found.cluster.shape == expected.customer?.shape)
            #expect((found.ignored != nil) == (expected.phoneLeftOut != nil))
        }
        #expect(book.merges.map(\.absorbed).sorted() == model.merges.map(\.absorbed).sorted())
    }

    @Test("customers are the same, in whatever order requests arrive", arguments: 0..<100 as Range<UInt64>)
    func partition(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let requests = PropertyTests.requests(&random)
        var model = CustomerModel()
        for request in requests { model.observe(email: request.email, phone: request.phone) }

        let shuffled = requests.shuffled(using: &random)
        #expect(PropertyTests.customers(try PropertyTests.fill(shuffled)) == model.customers)
    }

    @Test(
        "repeating them writes nothing and answers the same, with what was left out, too",
        arguments: 0..<100 as Range<UInt64>, [2, 5, .max])
    func idempotent(seed: UInt64, limit: Int) throws {
        var random = SeededGenerator(seed: seed)
        let requests = PropertyTests.requests(&random)
        var book = try PropertyTests.fill(requests, maximumClusterSize: limit)
        let (rows, merges) = (book.rows.count, book.merges.count)
        let answers = try requests.map { try book.identify($0.email, $0.phone).shape }
        #expect(try requests.map { try book.identify($0.email, $0.phone).shape } == answers)
        #expect(book.rows.count == rows)
        #expect(book.merges.count == merges)
    }

    @Test(
        "a cluster has one primary, its oldest, and no chains; each identifier has one owner",
        arguments: 0..<100 as Range<UInt64>)
    func shape(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let book = try PropertyTests.fill(PropertyTests.requests(&random))
        for (primary, rows) in Dictionary(grouping: book.rows, by: \.primaryID) {
            #expect(rows.map(\.id).min() == primary)
        }
        let emails = book.rows.compactMap(\.email)
        let keys = book.rows.compactMap(\.phone?.key)
        #expect(Set(emails).count == emails.count)
        #expect(Set(keys).count == keys.count)
        #expect(book.rows.allSatisfy { $0.email != nil || $0.phone != nil })
    }
}
