import Identity
import Testing

@Suite("The rules, by the examples of the task")
struct ReconciliationTests {
    @Test("a stranger becomes a primary")
    func create() throws {
        var book = Book()
        let cluster = try book.identify("lorraine@hillvalley.edu", "123456")
        #expect(cluster.shape == "1: lorraine@hillvalley.edu | 123456 | ")
    }

    @Test("a known phone with a new e-mail adds a secondary")
    func link() throws {
        var book = Book()
        _ = try book.identify("lorraine@hillvalley.edu", "123456")
        let cluster = try book.identify("mcfly@hillvalley.edu", "123456")
        #expect(cluster.shape == "1: lorraine@hillvalley.edu,mcfly@hillvalley.edu | 123456 | 2")
        for (email, phone) in [(nil, "123456"), ("lorraine@hillvalley.edu", nil), ("mcfly@hillvalley.edu", nil)] {
            #expect(try book.identify(email, phone).shape == cluster.shape)
        }
        #expect(book.rows.count == 2)
    }

    @Test("two primaries that turn out to be one: the older stays, and no contact is added")
    func merge() throws {
        var book = Book()
        _ = try book.identify("george@hillvalley.edu", "919191")
        _ = try book.identify("biffsucks@hillvalley.edu", "717171")
        let cluster = try book.identify("george@hillvalley.edu", "717171")
        #expect(cluster.shape == "1: george@hillvalley.edu,biffsucks@hillvalley.edu | 919191,717171 | 2")
        #expect(book.rows.count == 2)
    }

    @Test("the younger primary takes its secondaries along: no chains")
    func mergeWithSecondaries() throws {
        var book = Book()
        _ = try book.identify("a@x", "111")
        _ = try book.identify("b@x", "222")
        _ = try book.identify("c@x", "222")
        let cluster = try book.identify("c@x", "111")
        #expect(cluster.shape == "1: a@x,b@x,c@x | 111,222 | 2,3")
        #expect(book.rows.allSatisfy { $0.primaryID == 1 })
    }

    @Test("a pair never seen together, known in one cluster, writes nothing")
    func knownPair() throws {
        var book = Book()
        _ = try book.identify("a@x", "111")
        _ = try book.identify("b@x", "111")
        _ = try book.identify("b@x", "222")
        let cluster = try book.identify("a@x", "222")
        #expect(cluster.shape == "1: a@x,b@x | 111,222 | 2,3")
        #expect(book.rows.count == 3)
    }

    @Test("a missing identifier matches nothing: two e-mail-only strangers stay apart")
    func strangers() throws {
        var book = Book()
        #expect(try book.identify("a@x", nil).primaryID == 1)
        #expect(try book.identify("b@x", nil).primaryID == 2)
        #expect(try book.identify(nil, "111").primaryID == 3)
    }

    @Test("a cluster grows to the limit and no further: the phone of a link or a merge beyond it is left out")
    func limit() throws {
        var book = Book(maximumClusterSize: 3)
        for (email, phone) in [("a@x", "111"), ("b@x", "111"), ("c@x", "111"), ("y@x", "222"), ("z@x", "333")] {
            _ = try book.identify(email, phone)
        }
        for (email, phone, shape) in [
            ("y@x", "111", "4: y@x | 222 | "), ("c@x", "222", "1: a@x,b@x,c@x | 111 | 2,3"),
            ("c@x", "444", "1: a@x,b@x,c@x | 111 | 2,3"), ("d@x", "111", "6: d@x |  | "),
            ("d@x", "111", "6: d@x |  | "),
        ] {
            let (cluster, ignored) = try book.identification(email, phone)
            #expect(cluster.shape == shape && ignored == .clusterTooLarge, "\(email) \(phone)")
        }
        #expect(book.rows.count == 6 && book.merges.isEmpty)
        #expect(try book.identification("c@x", "111").ignored == nil)
        #expect(try book.identify(nil, "111").shape == "1: a@x,b@x,c@x | 111 | 2,3")
        #expect(try book.identify("y@x", "333").shape == "4: y@x,z@x | 222,333 | 5")

        book.maximumClusterSize = 2
        #expect(try book.identify("c@x", nil).secondaryIDs == [2, 3], "what is larger already is answered")
    }

    @Test("a phone is answered as it was first written")
    func firstWriting() throws {
        var book = Book()
        _ = try book.identify("a@x", "+1 (650) 253-0000")
        #expect(try book.identify("b@x", "16502530000").shape == "1: a@x,b@x | +1 (650) 253-0000 | 2")
    }
}

extension Cluster {
    /// "primary: e-mails | phones | secondaries"
    var shape: String {
        let parts = [emails.map(\.text), phones.map(\.text), secondaryIDs.map(String.init)]
        return "\(primaryID): " + parts.map { $0.joined(separator: ",") }.joined(separator: " | ")
    }
}
