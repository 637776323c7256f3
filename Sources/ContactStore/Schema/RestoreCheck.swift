internal import PostgreSQL

/// What a restore of rows alone, a dump from another PostgreSQL cluster, or a logical replication leaves behind, and what
/// `identityd migrate` puts right: until then, nothing is served from such a database.
enum RestoreCheck {
    /// - Throws: `SchemaError.restored`, `DatabaseError`.
    static func check(_ connection: Connection, before deadline: Deadline) throws {
        if try !connection.run(script: Query(mergesAhead) { _ in }, before: deadline).isEmpty {
            throw SchemaError.restored("merges have transaction ids that this PostgreSQL cluster has not reached")
        }
        do {
            try check(idsInUse: connection.run(script: idsInUse, before: deadline))
        } catch let error as DatabaseError where error.isInsufficientPrivilege {
            // The role has its rights from an identityd that did not look at the sequences.
        }
    }

    /// - Parameter ids: What the query selected.
    /// - Throws: `SchemaError.restored`.
    static func check(idsInUse ids: [Int64]) throws(SchemaError) {
        guard ids.isEmpty else { throw .idsInUse }
    }

    static let statements = [idsInUse.statement]

    /// The sequences that stand below what they count, each with the newest id.
    static let idsInUse = Query(
        "ids_in_use", "\(sequenceBehind(of: "contact")) UNION ALL \(sequenceBehind(of: "contact_merge"))"
    ) { columns -> Int64 in
        try columns.integer()
    }

    /// SQL: the newest id of a table, if the next one would not be above it.
    static func sequenceBehind(of table: String) -> String {
        """
        SELECT newest.id FROM (SELECT max(id) AS id FROM \(table)) AS newest, \(table)_id_seq AS sequence
         WHERE newest.id >= sequence.last_value + CASE WHEN sequence.is_called THEN 1 ELSE 0 END
        """
    }

    /// SQL: a merge of a transaction that is still to come, if there is one. New merges would come before it in the feed, where
    /// followers have been already.
    static let mergesAhead = """
        SELECT id FROM (SELECT id, transaction_id FROM contact_merge ORDER BY transaction_id DESC, id LIMIT 1) AS last
         WHERE transaction_id >= pg_snapshot_xmax(pg_current_snapshot())
        """

    /// SQL that puts all of it right. Writers wait meanwhile: a moment, or where many merges are ahead, some seconds.
    static let repair = """
        BEGIN;
        LOCK TABLE contact, contact_merge IN SHARE ROW EXCLUSIVE MODE;
        SELECT setval('contact_id_seq', id) FROM (\(sequenceBehind(of: "contact"))) AS behind;
        SELECT setval('contact_merge_id_seq', id) FROM (\(sequenceBehind(of: "contact_merge"))) AS behind;
        UPDATE contact_merge SET transaction_id = pg_current_xact_id() WHERE transaction_id > pg_current_xact_id();
        COMMIT
        """
}

extension DatabaseError {
    /// insufficient_privilege.
    fileprivate var isInsufficientPrivilege: Bool { sqlState == "42501" }
}
