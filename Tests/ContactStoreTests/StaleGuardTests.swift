import Identity
import PostgreSQL
import TestSupport
import Testing

@testable import ContactStore

/// What a plan was made on may be untrue when it is carried out. Each test makes it so by hand, and
/// looks at the statement alone.
@Suite("A statement of a stale plan writes nothing")
struct StaleGuardTests {
    let database: TestDatabase
    let connection: Connection
    let deadline = Deadline.soon

    init() throws {
        database = try TestDatabase()
        connection = try database.connect()
        try connection.prepare(ContactStatements.all, before: deadline)
        let store = try TestStore(database)
        _ = try store.identify("a@x", "111111")
        _ = try store.identify("b@x", "222222")
        _ = try store.identify("c@x", "333333")
    }

    private func written(_ statement: Statement, _ parameters: Parameters) throws -> Int {
        try connection.run(statement, parameters, before: deadline).written
    }

    private func merged(
        _ primary: ContactID, _ absorbed: ContactID, maximumClusterSize: Int64 = 1000
    ) throws -> Int {
        let emails: [ContactID: String] = [1: "a@x", 2: "b@x", 3: "c@x"]
        return try written(
            ContactStatements.merge,
            [
                primary, absorbed, "a@x", "222222", "222222", maximumClusterSize,
                emails[primary], nil, emails[absorbed], nil, nil, nil,
            ])
    }

    @Test("link: the primary became a secondary")
    func linkToSecondary() throws {
        _ = try TestStore(database).identify("a@x", "222222")
        #expect(
            try written(
                ContactStatements.link, [Int64(2), "n@x", "222222", "222222", true, false, "b@x", nil, nil, nil]) == 0)
    }

    @Test("link: the primary was erased")
    func linkToTombstone() throws {
        _ = try TestStore(database).erase(2)
        #expect(
            try written(
                ContactStatements.link, [Int64(2), "n@x", "222222", "222222", true, false, "b@x", nil, nil, nil]) == 0)
    }

    @Test("link: the known identifier was erased, with the first piece of its customer")
    func linkToHalfErased() throws {
        _ = try TestStore(database).identify("n@x", "111111")
        try connection.prepare([Erasure.eraseYoungest], before: deadline)
        #expect(try written(Erasure.eraseYoungest, [Int64(1), Int64(1), false, nil, nil]) == 1)
        #expect(
            try written(
                ContactStatements.link, [Int64(1), "n@x", "999999", "999999", false, true, "a@x", nil, nil, nil]) == 0)
    }

    @Test("link: the new identifier has an owner by now")
    func linkOwned() throws {
        #expect(
            try written(
                ContactStatements.link, [Int64(1), "b@x", "111111", "111111", true, false, nil, "111111", nil, nil])
                == 0)
    }

    @Test("create: one of the identifiers has an owner by now")
    func createOwned() throws {
        #expect(try written(ContactStatements.create.statement, ["b@x", nil, nil, nil, nil]) == 0)
        #expect(try written(ContactStatements.create.statement, ["n@x", "111-111", "111111", nil, nil]) == 0)
    }

    @Test("merge: one of the two was erased", arguments: [1, 2] as [Int64])
    func mergeTombstone(erased: Int64) throws {
        _ = try TestStore(database).erase(erased)
        #expect(try merged(1, 2) == 0)
        #expect(try database.findings() == [])
    }

    @Test("merge: one of the two became a secondary", arguments: [1, 3] as [Int64])
    func mergeSecondary(other: Int64) throws {
        _ = try TestStore(database).identify("a@x", "222222")
        #expect(try merged(min(2, other), max(2, other)) == 0)
        #expect(try database.count("change") == 1)
        #expect(try database.findings() == [])
    }

    @Test("merge: the two have more contacts together than are allowed", arguments: [(1, 0), (2, 1)] as [(Int64, Int)])
    func mergeTooLarge(maximum: Int64, rows: Int) throws {
        #expect(try merged(1, 2, maximumClusterSize: maximum) == rows)
    }
}
