import Identity
import PostgreSQL
import TestSupport
import Testing

@testable import ContactStore

@Suite("The store carries out")
struct StoreTests {
    let database: TestDatabase
    let store: TestStore

    init() throws {
        database = try TestDatabase()
        store = try TestStore(database)
    }

    @Test("a new primary, a secondary, and nothing for what is known")
    func createAndLink() throws {
        let created = try store.identify("lorraine@hillvalley.edu", "123456")
        #expect(created.outcome == .created)
        #expect(created.cluster?.shape == "1: lorraine@hillvalley.edu | 123456 | ")

        let linked = try store.identify("mcfly@hillvalley.edu", "123456")
        #expect(linked.outcome == .linked)
        #expect(linked.cluster?.shape == "1: lorraine@hillvalley.edu,mcfly@hillvalley.edu | 123456 | 2")

        for (email, phone) in [(nil, "123456"), ("lorraine@hillvalley.edu", nil), ("mcfly@hillvalley.edu", "123456")] {
            let known = try store.identify(email, phone)
            #expect(known.outcome == .known)
            #expect(known.cluster?.shape == linked.cluster?.shape)
        }
        #expect(try database.count("contact") == 2)
    }

    @Test("a merge, with its evidence and without a new contact")
    func merge() throws {
        _ = try store.identify("george@hillvalley.edu", "919191")
        _ = try store.identify("biffsucks@hillvalley.edu", "717171")
        _ = try store.identify("biff@hillvalley.edu", "717171")
        let merged = try store.identify("george@hillvalley.edu", "717171")
        #expect(merged.outcome == .merged)
        #expect(
            merged.cluster?.shape
                == "1: george@hillvalley.edu,biffsucks@hillvalley.edu,biff@hillvalley.edu | 919191,717171 | 2,3")
        #expect(try database.count("contact") == 3)
        #expect(try database.count("evidence WHERE (email, phone_key) = ('george@hillvalley.edu', '717171')") == 1)
        #expect(try database.count("change WHERE (kind, primary_id, other_id) = ('merged', 1, 2)") == 1)
        #expect(try database.findings() == [])
    }

    @Test("identifiers that look like SQL, or hold any character, as themselves")
    func anyText() throws {
        let email = "o'hara\";--ä😀$1@b.c"
        #expect(try store.identify(email, nil).cluster?.emails.map(\.text) == [email])
        #expect(try store.identify(email, "+1 (650)/253.00-00").outcome == .linked)
        #expect(try store.identify(email, "16502530000").outcome == .known)
    }

    @Test("composed and decomposed letters as two e-mails, in rules and indexes alike")
    func canonicalEquivalence() throws {
        _ = try store.identify("caf\u{E9}@b", "111111")
        #expect(try store.identify("cafe\u{301}@b", "111111").outcome == .linked)
        #expect(try database.findings() == [])
    }

    @Test("a tombstone counts for nothing: its identifiers begin a new customer")
    func tombstone() throws {
        _ = try store.identify("a@x", "111111")
        _ = try store.erase(1)
        #expect(try store.identify("a@x", "111111").cluster?.shape == "2: a@x | 111111 | ")
        #expect(try database.findings() == [])
    }

    /// As the store's sessions plan.
    private func connect() throws -> Connection {
        let connection = try database.connect()
        try connection.prepare(ContactStatements.all, before: .soon)
        try connection.run(
            script: """
                SET enable_seqscan = off; SET enable_hashjoin = off; SET enable_mergejoin = off;
                SET plan_cache_mode = force_generic_plan
                """, before: .soon)
        return connection
    }

    /// - Parameter call: A prepared statement, with its parameters.
    private func plan(_ call: String) throws -> String {
        let rows = try connect().run(script: "EXPLAIN EXECUTE \(call)", before: .soon)
        return (0..<rows.count).compactMap { rows.text($0, 0) }.joined(separator: "\n")
    }

    /// The planner takes an empty table for one of some hundreds of rows, whose columns are as wide as their types may be.
    @Test(
        "no statement that goes through all of an index, also where it is planned while the tables are empty",
        arguments: [true, false])
    func emptyPlans(isEmpty: Bool) throws {
        if !isEmpty {
            for number in 0..<200 { _ = try store.identify("e\(number)@x", "1000\(number)") }
            try database.run("ANALYZE")
        }
        let connection = try connect()
        let all = Dictionary(grouping: ContactStore.statements + BatchStatements.all, by: \.name).compactMap(
            \.value.first)
        let new = all.filter { statement in !ContactStatements.all.contains { $0.name == statement.name } }
        try connection.prepare(new, before: .soon)
        let prepared = try connection.run(
            script: """
                SELECT name, cardinality(parameter_types) FROM pg_prepared_statements
                 WHERE statement ~* '^ *(SELECT|WITH|INSERT|UPDATE|DELETE)' ORDER BY name
                """, before: .soon)
        #expect(prepared.count > 30)
        for row in 0..<prepared.count {
            let (name, parameters) = (prepared.text(row, 0)!, Int(prepared.text(row, 1)!)!)
            let nulls =
                parameters == 0 ? "" : "(\(Array(repeating: "NULL", count: parameters).joined(separator: ", ")))"
            let plan = try connection.run(script: "EXPLAIN EXECUTE \"\(name)\"\(nulls)", before: .soon)
            let lines = (0..<plan.count).compactMap { plan.text($0, 0) }
            for (index, line) in lines.enumerated() where line.contains(/using contact_(owned|cluster|pkey)/) {
                let next = lines.dropFirst(index + 1).first ?? ""
                // `max(id)` reads one entry, from the end: since PostgreSQL 17, without a condition.
                let readsOne = line.contains("Scan Backward") && lines[index - 1].contains("Limit")
                #expect(next.contains("Index Cond") || readsOne, "\(name): \(line)\(next)")
            }
        }
    }

    @Test("every read with indexes alone, even in a table of a few rows")
    func plans() throws {
        for number in 0..<20 { _ = try store.identify("e\(number)@x", "1000\(number)") }
        try database.run("VACUUM ANALYZE contact")
        let plan = try plan("read('e1@x', '10002')")
        #expect(plan.contains("Index Only Scan using contact_cluster"), "\(plan)")
        #expect(plan.contains("Index Only Scan using contact_owned_email"), "\(plan)")
        #expect(plan.contains("Index Only Scan using contact_owned_phone"), "\(plan)")
        #expect(!plan.contains("Seq Scan"), "\(plan)")
    }

    @Test("every change without looking for a primary, even if it was prepared on an empty table", arguments: [0, 20])
    func changePlans(contacts: Int) throws {
        for number in 0..<contacts { _ = try store.identify("e\(number)@x", "1000\(number)") }
        for call in [
            "link(1, 'n@x', '1', '1', true, false, 'e1@x', '10001', 'key', 'request')",
            "merge(1, 2, 'e1@x', '10002', '10002', 1000, 'e1@x', '10001', 'e2@x', '10002', 'key', 'request')",
        ] {
            let plan = try plan(call)
            #expect(plan.contains("Tid Scan"), "\(plan)")
            #expect(!plan.contains("contact_pkey") && !plan.contains("contact_cluster"), "\(plan)")
        }
    }

    /// Who read the primary key would read the page where the other inserts, and the other way round.
    @Test("new customers who get a contact each at the same time, without a conflict")
    func neighbours() throws {
        _ = try store.identify("a@x", "111111")
        _ = try store.identify("b@x", "222222")
        // On a table of two rows, one index is as good as another.
        for number in 0..<200 { _ = try store.identify("e\(number)@x", "1000\(number)") }
        try database.run("VACUUM ANALYZE contact")
        let deadline = Deadline.soon
        let transactions = try [(1, "a@x", "333333"), (2, "b@x", "444444")].map { primary, email, phone in
            let connection = try connect()
            _ = try connection.run(ContactStatements.begin, [], before: deadline)
            _ = try connection.run(
                ContactStatements.link, [Int64(primary), email, phone, phone, false, true, email, nil, nil, nil],
                before: deadline)
            return connection
        }
        for transaction in transactions { _ = try transaction.run(ContactStatements.commit, [], before: deadline) }
        #expect(try database.count("contact") == 204)
    }

    @Test("what random requests mean, as the model says", arguments: 1...3 as ClosedRange<UInt64>, [3, 1000])
    func model(seed: UInt64, limit: Int) throws {
        var random = SeededGenerator(seed: seed)
        let store = try TestStore(database, maximumClusterSize: limit)
        var model = CustomerModel(maximumClusterSize: limit)
        let connection = try database.connect()
        for _ in 0..<300 {
            let email = Bool.random(using: &random) ? "e\(Int.random(in: 0..<60, using: &random))@x" : nil
            let phone =
                email == nil || Bool.random(using: &random) ? "10\(Int.random(in: 0..<60, using: &random))" : nil
            if Int.random(in: 0..<10, using: &random) == 0 {
                #expect(try store.lookUp(email, phone).map(\.shape) == model.lookUp(email, phone).map(\.shape))
                if case .erased(let contacts) = model.erase(email, phone) {
                    #expect(try store.erase(email, phone).contacts == contacts)
                }
            } else {
                let newID = try connection.nextContactID()
                let (expected, found) = (
                    model.identify(email, phone, newID: newID), try store.identify(email, phone)
                )
                #expect(found.cluster?.shape == expected.customer?.shape)
                #expect(found.leftOut.map(\.field) == (expected.phoneLeftOut != nil ? [.phoneNumber] : []))
            }
        }
        #expect(try database.customers() == model.customers)
        #expect(try database.findings() == [])
    }
}
