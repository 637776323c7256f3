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

    public func identify(
        _ email: String?, _ phone: String?, from origin: RequestOrigin = .unknown
    ) throws -> Identification {
        let observation = try Observation(email, phone)
        return try ask { try await $0.identify(observation, from: origin) }
    }

    public func lookUp(_ email: String?, _ phone: String?) throws -> [Cluster] {
        try look(for: email, phone).clusters
    }

    /// What of it names nobody.
    public func leftOut(ofLookUp email: String?, _ phone: String?) throws -> [LeftOut] {
        try look(for: email, phone).leftOut
    }

    private func look(for email: String?, _ phone: String?) throws -> Lookup {
        let observation = try Observation(email, phone)
        return try ask { try await $0.lookUp(observation) }
    }

    public func status(
        of contact: ContactID, evidence page: ListPage = ListPage(after: 0, limit: 1000)
    ) throws -> ContactStatus {
        try ask { try await $0.status(of: contact, evidence: page) }.status
    }

    public func report(from shared: SharedReport) throws -> SharedReport.Edition {
        try ask { try await $0.report(from: shared) }
    }

    public func changes(after cursor: ChangeCursor? = nil, limit: Int = 1000) throws -> ChangeFeed? {
        try ask { try await $0.changes(after: cursor, limit: limit) }
    }

    /// - Parameter isGone: Asked on the store's loop.
    public func changes(
        behind end: ChangeFeed, limit: Int = 1000, within wait: Duration,
        unless isGone: @escaping @Sendable () -> Bool = { false }
    ) throws -> ChangeFeed? {
        try ask { try await $0.changes(behind: end, limit: limit, within: wait, unless: isGone) }
    }

    public func followerCount() throws -> Int {
        try worker.loop.wait { [worker] in await worker.followerCount }
    }

    public func letFollowersGo() throws {
        try worker.loop.wait { [worker] in await worker.letFollowersGo() }
    }

    /// - Throws: `CorrectionRefusal`, `StoreError`.
    @discardableResult
    public func correct(
        _ subject: CorrectionSubject, note: String? = nil, isDryRun: Bool = false, from origin: RequestOrigin = .unknown
    ) throws -> Corrected {
        let request = CorrectionRequest(subject, note: note, isDryRun: isDryRun)
        return try ask { try await $0.correct(request, from: origin) }.get()
    }

    /// - Throws: `CorrectionRefusal`, `StoreError`.
    @discardableResult
    public func undo(_ corrections: Set<CorrectionID>, from origin: RequestOrigin = .unknown) throws -> Corrected {
        try ask { try await $0.undo(corrections, from: origin) }.get()
    }

    public func corrections(
        after correction: CorrectionID = 0, of contact: ContactID? = nil, limit: Int = 1000
    ) throws -> [CorrectionRecord] {
        try ask { try await $0.corrections(after: correction, of: contact, limit: limit) }
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
        Task { await withTaskExecutorPreference(loop) { await store.tellFollowers() } }
    }

    var followerCount: Int { store.followerCount }

    func letFollowersGo() {
        store.letFollowersGo()
    }

    func stop() {
        letFollowersGo()
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

    /// All that is stored but the times, tokens and transactions, a text a row.
    public func everything() throws -> [String] {
        let rows = try run(
            ["contact", "withheld", "evidence", "change", "correction", "kept_apart"].map {
                """
                SELECT '\($0) ' || (to_jsonb(\($0)) - '{created_at,updated_at,deleted_at,undone_at,erased_at,changed_at}'::text[]
                       - '{transaction_id,token}'::text[])::text
                  FROM \($0)
                """
            }.joined(separator: "\n UNION ALL\n") + " ORDER BY 1")
        return (0..<rows.count).map { rows.text($0, 0)! }
    }

    /// What contacts, evidence and changes say, with ages in the place of ids: an import gives evidence its ids behind those of its
    /// batch's contacts, and a request as it comes.
    public func contents() throws -> [String] {
        let rows = try run(
            """
            WITH aged AS (SELECT *, row_number() OVER (ORDER BY id) AS age FROM contact)
            SELECT row('contact', younger.age, older.age, younger.email, younger.phone_number, younger.phone_key,
                       younger.owns_email, younger.owns_phone)::text
              FROM aged AS younger LEFT JOIN aged AS older ON older.id = younger.linked_id
             UNION ALL
            SELECT row('change', row_number() OVER (ORDER BY change.id), kind, older.age, younger.age)::text
              FROM change JOIN aged AS older ON older.id = primary_id JOIN aged AS younger ON younger.id = other_id
             UNION ALL
            SELECT row('evidence', row_number() OVER (ORDER BY id), email, phone_number, phone_key, other_email,
                       other_phone_number, other_phone_key, is_withdrawn)::text
              FROM evidence
             ORDER BY 1
            """)
        return (0..<rows.count).map { rows.text($0, 0)! }
    }

    /// Of all that the tables hold, and of the ids given out.
    public func checksum() throws -> String? {
        let tables = ["contact", "withheld", "evidence", "change", "correction", "kept_apart"].map {
            "(SELECT string_agg(\($0)::text, ',' ORDER BY \($0)::text) FROM \($0))"
        }
        let sequences = ["contact_id_seq", "change_id_seq", "correction_id_seq"].map {
            "(SELECT last_value FROM \($0))"
        }
        return try run("SELECT md5(concat(\((tables + sequences).joined(separator: ", "))))").text(0, 0)
    }

    /// Each customer's identifiers, in the words of `CustomerModel`.
    public func customers() throws -> Set<Set<String>> {
        let rows = try run(
            "SELECT cluster_id, email, phone_key FROM contact WHERE deleted_at IS NULL AND cluster_id > 0")
        var customers: [Int64: Set<String>] = [:]
        for row in 0..<rows.count {
            let identifiers = [
                rows.text(row, 1).map { "email \($0)" }, rows.text(row, 2).map { "phone \($0)" },
            ]
            customers[rows.integer(row, 0)!, default: []].formUnion(identifiers.compactMap { $0 })
        }
        // One that owns nothing has none.
        return Set(customers.values).subtracting([[]])
    }
}

/// Transactions did not end.
private struct StillRunning: Error {}

extension Connection {
    /// Also evidence takes such ids.
    public func nextContactID() throws -> Int64 {
        try run(
            script: "SELECT last_value + CASE WHEN is_called THEN 1 ELSE 0 END FROM contact_id_seq", before: .soon
        ).integer(0, 0)!
    }

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
