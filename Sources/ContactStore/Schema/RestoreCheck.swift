internal import PostgreSQL

/// What a restore of rows alone, a dump from another PostgreSQL cluster, or a logical replication leaves behind, and what
/// `identityd migrate` puts right: until then, nothing is served from such a database.
enum RestoreCheck {
    /// - Throws: `SchemaError.restored`, `DatabaseError`.
    static func check(_ connection: Connection, before deadline: Deadline) throws {
        if try !connection.run(script: Query(changesAhead) { _ in }, before: deadline).isEmpty {
            throw SchemaError.restored("changes have transaction ids that this PostgreSQL cluster has not reached")
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
    static let idsInUse = Query("ids_in_use", sequencesBehind.joined(separator: "\nUNION ALL\n")) { columns -> Int64 in
        try columns.integer()
    }

    /// SQL, for each sequence: the newest id that is in use, if the next one would not be above it.
    static let sequencesBehind = counted.map { sequenceBehind($0) }

    /// Evidence has its ids from the sequence of contacts.
    private static let counted = [
        (sequence: "contact_id_seq", tables: ["contact", "evidence"]),
        (sequence: "change_id_seq", tables: ["change"]),
        (sequence: "correction_id_seq", tables: ["correction"]),
    ]

    private static func sequenceBehind(_ counted: (sequence: String, tables: [String])) -> String {
        let newest = counted.tables.map { "(SELECT max(id) FROM \($0))" }.joined(separator: ", ")
        return """
            SELECT newest.id FROM (SELECT greatest(\(newest)) AS id) AS newest, \(counted.sequence) AS sequence
             WHERE newest.id >= sequence.last_value + CASE WHEN sequence.is_called THEN 1 ELSE 0 END
            """
    }

    /// SQL: a change of a transaction that is still to come, if there is one. New ones would come before it in the feed, where
    /// followers have been already.
    static let changesAhead = """
        SELECT id FROM (SELECT id, transaction_id FROM change ORDER BY transaction_id DESC, id LIMIT 1) AS last
         WHERE transaction_id >= pg_snapshot_xmax(pg_current_snapshot())
        """

    /// SQL that has each sequence go on behind what it has counted.
    static let countOn = counted.map {
        "SELECT setval('\($0.sequence)', id) FROM (\(sequenceBehind($0))) AS behind;"
    }.joined(separator: "\n")

    /// SQL that puts all of it right, to be run one after the other. Writers wait for a moment at the first; nobody serves
    /// meanwhile. The second gives changes that are ahead to transactions of now, in their order, some at a time: a page of the
    /// feed never parts what one transaction changed.
    static let repair = [
        """
        BEGIN;
        LOCK TABLE contact, evidence, change, correction IN SHARE ROW EXCLUSIVE MODE;
        \(countOn)
        COMMIT
        """,
        """
        DO $$
        DECLARE
            last xid8;
        BEGIN
            LOOP
                SELECT max(transaction_id) INTO last
                  FROM (SELECT transaction_id FROM change WHERE transaction_id > pg_current_xact_id()
                         ORDER BY transaction_id LIMIT 1000) AS ahead;
                EXIT WHEN last IS NULL;
                UPDATE change SET transaction_id = pg_current_xact_id()
                 WHERE transaction_id > pg_current_xact_id() AND transaction_id <= last;
                COMMIT;
            END LOOP;
        END $$
        """,
    ]
}

extension DatabaseError {
    /// insufficient_privilege.
    fileprivate var isInsufficientPrivilege: Bool { sqlState == "42501" }
}
