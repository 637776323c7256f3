public import Identity
public import PostgreSQL

/// Every customer of one consistent snapshot, in order of the primaries' ids.
public struct CustomerSnapshot {
    private let snapshot: Snapshot

    /// - Parameters:
    ///   - database: `postgres://…` or `key=value …`; empty for libpq's PG* variables.
    ///   - standby: Where to read instead, if it has all of that soon.
    ///   - purpose: The command, as pg_stat_activity names it.
    /// - Throws: `SchemaError`, `DatabaseError`, and what `body` throws.
    public static func read(
        _ database: String, standby: StandbyConfiguration? = nil, for purpose: String,
        _ body: (CustomerSnapshot) throws -> Void
    ) throws {
        try Snapshot.read(database, standby: standby, for: purpose) { try body(CustomerSnapshot(snapshot: $0)) }
    }

    /// In the memory that the largest customer needs.
    /// - Parameter body: Gets all contacts of a customer, in order of their ids.
    public func forEachCustomer(_ body: ([Contact]) throws -> Void) throws {
        var cluster: [Contact] = []
        try snapshot.forEachRow(of: CustomerSnapshot.contacts) { contact in
            if contact.primaryID != cluster.last?.primaryID {
                if !cluster.isEmpty { try body(cluster) }
                cluster.removeAll(keepingCapacity: true)
            }
            cluster.append(contact)
        }
        if !cluster.isEmpty { try body(cluster) }
    }

    private static let contacts = Query(
        """
        SELECT id, cluster_id, CASE WHEN owns_email THEN email END,
               CASE WHEN owns_phone THEN phone_number END,
               CASE WHEN owns_phone THEN phone_key END
          FROM contact WHERE deleted_at IS NULL AND cluster_id > 0
         ORDER BY cluster_id, id
        """
    ) { try Contact(owned: &$0) }
}
