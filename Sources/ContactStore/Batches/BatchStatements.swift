internal import Identity
internal import PostgreSQL

/// The statements of `BatchStore`, each about all rows of a batch. What they guard, and why, is said where
/// `ContactStore` does the same for one row.
enum BatchStatements {
    static let all = [
        owners.statement, sizes.statement, begin, commit, lockPrimaries.statement, newIDs.statement, absorb,
        progress.statement, recordProgress,
    ]

    /// $1 e-mails, $2 phone keys → each with the primary of the cluster that owns it, or NULL.
    ///
    /// A SELECT within a SELECT is carried out for each of them, by the owner index. A join is not, while the planner
    /// takes the table to be empty, as at the beginning of a first import: then it goes through all of the
    /// index for each (measured: 65 s for 100,000 rows instead of 4). The next two statements
    /// have their form for the same reason: only one index fits them.
    static let owners = Query(
        "owners",
        """
        SELECT email, NULL AS phone_key, (
               SELECT cluster_id FROM contact WHERE contact.email = observed.email AND owns_email AND deleted_at IS NULL)
          FROM unnest($1::text[]) AS observed (email)
         UNION ALL
        SELECT NULL, phone_key, (
               SELECT cluster_id FROM contact
                WHERE contact.phone_key = observed.phone_key AND owns_phone AND deleted_at IS NULL)
          FROM unnest($2::text[]) AS observed (phone_key)
        """
    ) { columns -> (email: String?, phoneKey: String?, primary: ContactID?) in
        (columns.textOrNull(), columns.textOrNull(), columns.integerOrNull())
    }

    /// Whether some contacts of a customer are erased and others not: `identityd erase` is at it, or was interrupted.
    private static func isBeingErased(_ cluster: String) -> String {
        "EXISTS (SELECT FROM contact AS erased WHERE erased.cluster_id = \(cluster) AND erased.deleted_at IS NOT NULL)"
    }

    /// $1 primaries → each, if it is one, with how many contacts its cluster has. A customer that is being erased
    /// counts as one who has all that there is room for: nothing is added to what will be gone, and to identifiers
    /// whose owners may be gone already.
    static let sizes = Query(
        "sizes",
        """
        SELECT cluster_id, CASE WHEN \(isBeingErased("contact.cluster_id")) THEN 1::bigint << 40 ELSE count(*) END
          FROM contact
         WHERE cluster_id = ANY ($1::bigint[]) AND deleted_at IS NULL
         GROUP BY cluster_id
        """
    ) { columns -> (ContactID, Int) in
        (try columns.integer(), Int(try columns.integer()))
    }

    static let begin = ContactStatements.begin
    static let commit = ContactStatements.commit

    /// $1 ids → for each contact whether it is a live primary, of a customer that is not being erased. All are locked,
    /// in one order.
    static let lockPrimaries = Query(
        "lock_all_primaries",
        """
        SELECT linked_id IS NULL AND deleted_at IS NULL AND NOT \(isBeingErased("contact.id"))
          FROM contact
         WHERE id = ANY ($1::bigint[])
         ORDER BY id
           FOR NO KEY UPDATE
        """
    ) { $0.bool() }

    /// $1 how many → as many ids for new contacts.
    static let newIDs = Query(
        "new_ids", "SELECT nextval('contact_id_seq') FROM generate_series(1, $1::bigint)"
    ) { columns -> ContactID in
        try columns.integer()
    }

    /// $1 primaries, $2 for each the primary that takes its contacts.
    static let absorb = Statement(
        "absorb",
        """
        UPDATE contact
           SET linked_id = ($2::bigint[])[array_position($1::bigint[], cluster_id)],
               link_precedence = 'secondary', updated_at = clock_timestamp()
         WHERE cluster_id = ANY ($1::bigint[]) AND deleted_at IS NULL
        """)

    /// $1 a file's digest → how many of its rows are imported.
    static let progress = Query(
        "progress", "SELECT rows FROM import_progress WHERE file_digest = $1::text"
    ) { Int(try $0.integer()) }

    /// $1 a file's digest, $2 how many of its rows are imported.
    static let recordProgress = Statement(
        "record_progress",
        """
        INSERT INTO import_progress (file_digest, rows) VALUES ($1::text, $2::bigint)
        ON CONFLICT (file_digest) DO UPDATE SET rows = excluded.rows, recorded_at = clock_timestamp()
        """)
}
