public import ContactStore
import EventLoop
public import Identity
public import PostgreSQL

extension Observation {
    /// For identifiers that are known to be valid.
    public init(_ email: String?, _ phone: String?) throws {
        self = Observation(
            email: try email.flatMap { text throws(InvalidIdentifier) in try Email(text) },
            phone: try phone.flatMap { text throws(InvalidIdentifier) in try Phone(text, rule: .digitsAsWritten) })!
    }
}

extension DatabaseRule {
    /// By settings that say nothing.
    public static var new: DatabaseRule { DatabaseRule(RuleSettings(libraries: .recorded)) }
}

extension LibraryVersions {
    /// Of a host of the tests.
    public static let recorded = LibraryVersions(phoneNumbers: "8.12 (test)", unicode: "72.1")
}

/// A `ContactStore` on an event loop of its own, for threads that wait for its answers.
public final class TestStore: Sendable {
    private let worker: StoreWorker

    public convenience init(
        _ database: TestDatabase, connections: Int = 6, deadline: Duration = .seconds(20),
        maximumClusterSize: Int = 1000
    ) throws {
        try self.init(
            database: database.url, connections: connections, deadline: deadline,
            maximumClusterSize: maximumClusterSize)
    }

    public init(
        database: String, rule: DatabaseRule = .new, connections: Int = 6, deadline: Duration = .seconds(20),
        maximumClusterSize: Int = 1000
    ) throws {
        let loop = try EventLoop()
        let store = ContactStore(
            database: database, rule: rule, connections: connections, requestDeadline: deadline,
            maximumClusterSize: maximumClusterSize, on: loop)
        worker = StoreWorker(store, on: loop)
        try loop.wait { [worker] in await worker.start() }
    }

    deinit {
        try! worker.loop.wait { [worker] in await worker.stop() }
    }

    public func identify(_ email: String?, _ phone: String?) throws -> Identification {
        let observation = try Observation(email, phone)
        return try ask { try await $0.identify(observation) }
    }

    public func lookUp(_ email: String?, _ phone: String?) throws -> [Cluster] {
        let observation = try Observation(email, phone)
        return try ask { try await $0.lookUp(observation) }
    }

    public func status(of contact: ContactID) throws -> ContactStatus {
        try ask { try await $0.status(of: contact) }
    }

    public func merges(after cursor: MergeCursor? = nil, limit: Int = 1000) throws -> MergeFeed? {
        try ask { try await $0.merges(after: cursor, limit: limit) }
    }

    /// - Returns: The ids; `nil` where no customer was erased.
    public func erase(_ contact: ContactID) throws -> [ContactID]? {
        try erase(.contact(contact)).contacts
    }

    public func erase(_ email: String?, _ phone: String?) throws -> Erasure {
        try erase(.identifiers(Observation(email, phone)))
    }

    public func erase(_ subject: ErasureSubject) throws -> Erasure {
        try ask { try await $0.erase(subject) }
    }

    public func checkReady() throws {
        try ask { try await $0.checkReady() }
    }

    public func waitUntilReady() throws {
        if !eventually(within: 60, { (try? checkReady()) != nil }) { try checkReady() }
    }

    private func ask<R: Sendable>(_ question: @escaping StoreWorker.Question<R>) throws -> R {
        try worker.loop.wait { [worker] in try await worker.answer(question) }
    }
}

private actor StoreWorker {
    typealias Question<R> =
        nonisolated(nonsending) @Sendable (ContactStore) async throws -> Reply<R>

    nonisolated let loop: EventLoop
    private let store: ContactStore

    nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }

    init(_ store: sending ContactStore, on loop: EventLoop) {
        self.store = store
        self.loop = loop
    }

    isolated deinit {
        loop.stop()
    }

    func start() {
        for reader in 0..<ContactStore.readers {
            Task { await withTaskExecutorPreference(loop) { await store.answerReads(on: reader) } }
        }
    }

    func stop() {
        store.stop()
    }

    func answer<R: Sendable>(_ question: Question<R>) async throws -> R {
        try await question(store).value
    }
}

extension Erasure {
    public var contacts: [ContactID]? {
        if case .erased(let contacts) = self { contacts } else { nil }
    }
}

extension TestDatabase {
    public func count(_ sql: String) throws -> Int64 {
        try run("SELECT count(*) FROM \(sql)").integer(0, 0)!
    }

    /// Also what is only half erased.
    public func findings() throws -> [String] {
        let report = try Verifier(database: url).run()
        return report.findings + report.notes
    }

    /// Waits until all transactions are over that run now, also those of other tests: the feed waits for them, too.
    public func settle() throws {
        try connect().settle()
    }

    /// All that is stored but the times, a text a row.
    public func everything() throws -> [String] {
        let rows = try run(
            """
            SELECT row(id, linked_id, link_precedence, email, phone_number, phone_key, owns_email, owns_phone)::text
              FROM contact
             UNION ALL
            SELECT row('merge', id, primary_id, absorbed_id, email, phone_number, phone_key)::text FROM contact_merge
             ORDER BY 1
            """)
        return (0..<rows.count).map { rows.text($0, 0)! }
    }

    /// Of all that the tables hold, and of the ids given out.
    public func checksum() throws -> String? {
        try run(
            """
            SELECT md5(concat((SELECT string_agg(contact::text, ',' ORDER BY id) FROM contact),
                              (SELECT string_agg(contact_merge::text, ',' ORDER BY id) FROM contact_merge),
                              (SELECT last_value FROM contact_id_seq), (SELECT last_value FROM contact_merge_id_seq)))
            """
        ).text(0, 0)
    }

    /// Each customer's identifiers, in the words of `CustomerModel`.
    public func customers() throws -> Set<Set<String>> {
        let rows = try run("SELECT cluster_id, email, phone_key FROM contact WHERE deleted_at IS NULL")
        var customers: [Int64: Set<String>] = [:]
        for row in 0..<rows.count {
            let identifiers = [
                rows.text(row, 1).map { "email \($0)" }, rows.text(row, 2).map { "phone \($0)" },
            ]
            customers[rows.integer(row, 0)!, default: []].formUnion(identifiers.compactMap { $0 })
        }
        return Set(customers.values)
    }
}

/// Transactions did not end.
private struct StillRunning: Error {}

extension Connection {
    /// Waits until all transactions are over that run now.
    public func settle(within seconds: Double = 60) throws {
        let newest = try run(script: "SELECT pg_current_xact_id()", before: .soon).text(0, 0)!
        let older = "SELECT FROM pg_current_snapshot() AS s WHERE pg_snapshot_xmin(s) <= '\(newest)'"
        let isOver = try eventually(within: seconds) { try run(script: older, before: .soon).count == 0 }
        if !isOver { throw StillRunning() }
    }
}

extension Cluster {
    /// "primary: e-mails | phones | secondaries"
    public var shape: String {
        let parts = [emails.map(\.text), phones.map(\.text), secondaryIDs.map(String.init)]
        return "\(primaryID): " + parts.map { $0.joined(separator: ",") }.joined(separator: " | ")
    }
}
