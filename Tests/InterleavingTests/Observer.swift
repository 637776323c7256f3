import Identity
import PostgreSQL
import TestSupport

@testable import ContactStore

/// Looks at the database, and at who waits for whom, on a connection of its own.
final class Observer {
    private let connection: Connection
    private let schema: Schema

    init(_ database: TestDatabase) throws {
        connection = try database.connect()
        schema = try Schema(of: connection, before: .soon)
        try connection.prepare(
            [Observer.isBlocked.statement, Observer.contacts.statement, Observer.invariants.statement], before: .soon)
    }

    func clear() throws {
        try connection.run(
            script: "DELETE FROM contact; DELETE FROM evidence; DELETE FROM change; DELETE FROM import_progress",
            before: .soon)
    }

    /// Whether a session waits for a lock of another one.
    func isWaiting(_ session: GatedSession, for sessions: [GatedSession]) throws -> Bool {
        guard let process = session.busy else { return false }
        let all = ArrayParameter(sessions.flatMap(\.processes))
        return try connection.run(Observer.isBlocked, [process, all], before: .soon)[0]
    }

    /// As isolationtester asks.
    private static let isBlocked = Query(
        "is_blocked", "SELECT pg_isolation_test_session_is_blocked($1::int, $2::int[])"
    ) { $0.bool() }

    private static let contacts = Query(
        "contacts",
        "SELECT id, cluster_id, email, phone_key, owns_email FROM contact WHERE deleted_at IS NULL"
    ) { columns in
        (
            id: try columns.integer(), cluster: try columns.integer(), email: columns.textOrNull(),
            phone: columns.textOrNull(), ownsEmail: columns.bool()
        )
    }

    private var customersByPrimary: [ContactID: Set<String>] {
        get throws {
            var customers: [ContactID: Set<String>] = [:]
            for contact in try connection.run(Observer.contacts, before: .soon) {
                customers[contact.cluster, default: []].formUnion(
                    CustomerModel.identifiers(contact.email, contact.phone))
            }
            return customers
        }
    }

    func customers() throws -> Set<Set<String>> { Set(try customersByPrimary.values) }

    func owner(ofEmail email: String) throws -> ContactID? {
        try connection.run(Observer.contacts, before: .soon).first { $0.email == email && $0.ownsEmail }?.id
    }

    /// - Returns: `nil` where the contact is erased, or is not there.
    func identifiers(ofCustomerOf id: ContactID) throws -> Set<String>? {
        let contact = try connection.run(Observer.contacts, before: .soon).first { $0.id == id }
        return try contact.flatMap { try customersByPrimary[$0.cluster] }
    }

    /// What `identityd verify` finds.
    func findings() throws -> [String] {
        let broken = try connection.run(Observer.invariants, before: .soon).map { "\($0.name): \($0.id)" }
        let snapshot = Snapshot(connection: connection, schema: schema)
        try connection.run(script: "BEGIN", before: .soon)
        let partition = try PartitionCheck(snapshot, halfErased: []).run()
        try connection.run(script: "COMMIT", before: .soon)
        return broken + partition.disconnectedClusters.map { "\(Invariant.connected.name): \($0)" }
    }

    /// All at once, planned once.
    private static let invariants = Query(
        "invariants",
        (Invariant.all + [Invariant.halfErased]).map { invariant in
            "SELECT '\(invariant.name.replacing("'", with: "''"))', id FROM (\(invariant.query)) AS broken (id)"
        }.joined(separator: "\nUNION ALL\n")
    ) { columns in
        (name: try columns.text(), id: columns.integerOrNull() ?? 0)
    }
}
