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
            [
                Observer.isBlocked.statement, Observer.contacts.statement, Observer.apart.statement,
                Observer.invariants.statement,
            ], before: .soon)
    }

    func clear() throws {
        let tables = ["contact", "withheld", "evidence", "correction", "kept_apart", "change", "import_progress"]
        try connection.run(script: tables.map { "DELETE FROM \($0)" }.joined(separator: "; "), before: .soon)
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
        """
        SELECT id, cluster_id, CASE WHEN owns_email THEN email END, CASE WHEN owns_phone THEN phone_key END
          FROM contact WHERE deleted_at IS NULL
        """
    ) { columns in
        let (id, cluster, email) = (try columns.integer(), try columns.integer(), columns.textOrNull())
        return (id: id, cluster: cluster, email: email, owned: identifiers(email, columns.textOrNull()))
    }

    private static let apart = Query(
        "apart", "SELECT email, phone_key, other_email, other_phone_key FROM kept_apart WHERE stands"
    ) { columns in
        identifiers(columns.textOrNull(), columns.textOrNull())
            .union(identifiers(columns.textOrNull(), columns.textOrNull()))
    }

    /// In the words of `CustomerModel`.
    private static func identifiers(_ email: String?, _ phone: String?) -> Set<String> {
        Set(CustomerModel.Identifier.all(email, phone).map(\.text))
    }

    func stored() throws -> Stored {
        let owned = try connection.run(Observer.contacts, before: .soon)
        let customers = Dictionary(grouping: owned, by: \.cluster).mapValues {
            $0.reduce(into: Set()) { $0.formUnion($1.owned) }
        }
        return Stored(
            customers: Set(customers.filter { $0.key > 0 && !$0.value.isEmpty }.values),
            disowned: customers.filter { $0.key < 0 }.values.reduce(into: []) { $0.formUnion($1) },
            apart: Set(try connection.run(Observer.apart, before: .soon)))
    }

    func owner(ofEmail email: String) throws -> ContactID {
        try connection.run(Observer.contacts, before: .soon).first { $0.email == email }!.id
    }

    /// - Returns: `nil` where the contact is erased, or is not there.
    func identifiers(ofCustomerOf id: ContactID) throws -> Set<String>? {
        let contacts = try connection.run(Observer.contacts, before: .soon)
        guard let cluster = contacts.first(where: { $0.id == id })?.cluster else { return nil }
        return contacts.filter { $0.cluster == cluster }.reduce(into: []) { $0.formUnion($1.owned) }
    }

    /// What `identityd verify` finds.
    func findings() throws -> [String] {
        let broken = try connection.run(Observer.invariants, before: .soon).map { "\($0.name): \($0.id)" }
        let snapshot = Snapshot(connection: connection, schema: schema, deadline: .soon)
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
