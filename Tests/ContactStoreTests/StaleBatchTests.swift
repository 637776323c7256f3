import Identity
import TestSupport
import Testing

@testable import ContactStore

/// As `StaleGuardTests`, for a batch: what it was planned on is made untrue before it is written.
@Suite("A batch of a stale plan writes nothing")
struct StaleBatchTests {
    let database: TestDatabase
    let store: TestStore
    let batches: BatchStore

    init() throws {
        database = try TestDatabase()
        store = try TestStore(database)
        batches = try BatchStore(
            database: database.url, rule: .new, maximumClusterSize: 1000)
        _ = try store.identify("a@x", "111111")
        _ = try store.identify("b@x", "222222")
    }

    /// Plans the rows, does what comes between, and then nothing of the plan may be written.
    private func refuses(_ rows: [(String?, String?)], after change: () throws -> Void) throws {
        // One that would go in is with them.
        var plan = try batches.plan(try (rows + [("new@x", nil)]).map { BatchRow(try Observation($0, $1)) })
        try change()
        let before = try database.everything()
        #expect(try batches.write(&plan, recording: BatchStore.Progress(digest: "file", rows: 1)) == false)
        #expect(try database.everything() == before)
        #expect(try database.count("import_progress") == 0)
        #expect(try database.findings() == [])
    }

    @Test("where a primary that is linked to became a secondary")
    func linkToSecondary() throws {
        try refuses([("n@x", "222222")]) { _ = try store.identify("a@x", "222222") }
    }

    @Test("where a primary that is merged became a secondary")
    func mergeSecondary() throws {
        _ = try store.identify("c@x", "333333")
        try refuses([("c@x", "222222")]) { _ = try store.identify("a@x", "222222") }
    }

    @Test("where a primary that is linked to was erased")
    func linkToTombstone() throws {
        try refuses([("n@x", "222222")]) {
            try database.run(
                "UPDATE contact SET email = NULL, phone_number = NULL, phone_key = NULL, owns_email = false, "
                    + "owns_phone = false, deleted_at = now() WHERE id = 2")
        }
    }

    @Test("where a cluster that is merged grew: the two may be too large together")
    func mergeGrown() throws {
        try refuses([("a@x", "222222")]) { _ = try store.identify("c@x", "222222") }
    }

    @Test("where a new identifier has an owner by now")
    func owned() throws {
        try refuses([("n@x", "222222")]) { _ = try store.identify("n@x", nil) }
        try refuses([("m@x", "999999")]) { _ = try store.identify(nil, "999999") }
    }
}
