import EventLoop
import Identity
import PostgreSQL
import Service
import TestSupport

extension Observation {
    /// For identifiers that are known to be valid.
    init(_ email: String?, _ phone: String?) throws {
        self = Observation(
            email: try email.flatMap { text throws(InvalidIdentifier) in try Email(text) },
            phone: try phone.flatMap { text throws(InvalidIdentifier) in try Phone(text, rule: .digitsAsWritten) })!
    }
}

/// A `ContactStore` on an event loop of its own, for threads that wait for its answers.
final class TestStore: Sendable {
    private let worker: StoreWorker

    convenience init(
        _ database: TestDatabase, deadline: Duration = .seconds(20), maximumClusterSize: Int = 1000
    ) throws {
        try self.init(database: database.url, deadline: deadline, maximumClusterSize: maximumClusterSize)
    }

    init(
        database: String, phoneKeyRule: PhoneKeyRule = .digitsAsWritten, deadline: Duration = .seconds(20),
        maximumClusterSize: Int = 1000
    ) throws {
        let loop = try EventLoop()
        let store = ContactStore(
            database: database, phoneKeyRule: phoneKeyRule, connections: 6, requestDeadline: deadline,
            maximumClusterSize: maximumClusterSize, on: loop)
        worker = StoreWorker(store, on: loop)
        try loop.wait { [worker] in await worker.start() }
    }

    deinit {
        try? worker.loop.wait { [worker] in await worker.stop() }
    }

    func identify(_ email: String?, _ phone: String?) throws -> ContactStore.Identification {
        let observation = try Observation(email, phone)
        return try worker.loop.wait { [worker] in try await worker.identify(observation) }
    }

    func checkReady() throws {
        try worker.loop.wait { [worker] in try await worker.checkReady() }
    }
}

private actor StoreWorker {
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

    func identify(_ observation: Observation) async throws -> ContactStore.Identification {
        var retries: [RetryBudget.Cause: Int] = [:]
        return try await store.identify(observation, counting: &retries)
    }

    func checkReady() async throws {
        try await store.checkReady()
    }
}

extension TestDatabase {
    func count(_ sql: String) throws -> Int64 {
        try run("SELECT count(*) FROM \(sql)").integer(0, 0)!
    }

    func findings() throws -> [String] {
        try Verifier(database: url).run().findings
    }

    /// Each customer's identifiers, in the words of `CustomerModel`.
    func customers() throws -> Set<Set<String>> {
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

extension Cluster {
    /// "primary: e-mails | phones | secondaries"
    var shape: String {
        let parts = [emails.map(\.text), phones.map(\.text), secondaryIDs.map(String.init)]
        return "\(primaryID): " + parts.map { $0.joined(separator: ",") }.joined(separator: " | ")
    }
}
