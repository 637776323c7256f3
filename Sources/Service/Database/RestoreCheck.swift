internal import PostgreSQL

/// What a restore of rows alone, a dump from another PostgreSQL cluster, or a logical replication leaves behind, and what
/// `identityd migrate` puts right: until then, nothing is served from such a database.
enum RestoreCheck {
    /// - Throws: `SchemaError.restored`, `DatabaseError`.
    static func check(_ connection: Connection, before deadline: Deadline) throws {
        if try connection.run(script: mergesAhead, before: deadline).count > 0 {
            throw SchemaError.restored("merges have transaction ids that this PostgreSQL cluster has not reached")
        }
        do {
            try check(connection.run(script: idsInUse.sql, before: deadline))
        } catch let error as DatabaseError where error.isInsufficientPrivilege {
            // The role has its rights from an identityd that did not look at the sequences.
        }
    }

    /// - Parameter idsInUse: What the statement answered.
    /// - Throws: `SchemaError.restored`.
    static func check(_ idsInUse: Rows) throws(SchemaError) {
        guard idsInUse.count == 0 else { throw .idsInUse }
    }

    static let statements = [idsInUse]

    /// The sequences that stand below what they count, each with the newest id.
    static let idsInUse = Statement(
        "ids_in_use", "\(sequenceBehind(of: "contact")) UNION ALL \(sequenceBehind(of: "contact_merge"))")

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

extension ContactStore {
    /// Whether what was not written failed for the ids that the database gave.
    /// - Throws: `SchemaError.restored`, `DatabaseError`.
    func checkIDs(before deadline: Deadline) async throws {
        var pipeline = Pipeline()
        // At SERIALIZABLE, it would stand in the way of all who insert.
        pipeline.execute(ContactStatements.beginReadCommitted)
        pipeline.execute(RestoreCheck.idsInUse)
        pipeline.execute(ContactStatements.commit)
        try RestoreCheck.check(try await run(pipeline, before: deadline)[1])
    }
}
