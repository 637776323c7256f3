internal import PostgreSQL

/// The statements of `BatchStore`, each about all rows of a batch. What they guard, and why, is said where
/// `ContactStore` does the same for one row.
enum BatchStatements {
    static let all = [owners, begin, commit, lockPrimaries, newIDs, absorb, progress, recordProgress]

    /// $1 e-mails, $2 phone keys → those that are known, each with the primary of the cluster that owns it.
    static let owners = Statement(
        "owners",
        """
        SELECT email, NULL AS phone_key, cluster_id
          FROM unnest($1::text[]) AS observed
          JOIN contact ON email = observed AND owns_email AND deleted_at IS NULL
         UNION ALL
        SELECT NULL, phone_key, cluster_id
          FROM unnest($2::text[]) AS observed
          JOIN contact ON phone_key = observed AND owns_phone AND deleted_at IS NULL
        """)

    static let begin = ContactStatements.begin
    static let commit = ContactStatements.commit

    /// $1 ids → those that are live primaries, locked in one order.
    static let lockPrimaries = Statement(
        "lock_all_primaries",
        """
        SELECT id FROM contact
         WHERE id = ANY ($1::bigint[]) AND linked_id IS NULL AND deleted_at IS NULL
         ORDER BY id
           FOR NO KEY UPDATE
        """)

    /// $1 how many → as many ids for new contacts.
    static let newIDs = Statement(
        "new_ids",
        "SELECT nextval(pg_get_serial_sequence('contact', 'id')) FROM generate_series(1, $1::bigint)")

    /// $1 primaries, $2 for each the primary that takes its contacts.
    static let absorb = Statement(
        "absorb",
        """
        UPDATE contact
           SET linked_id = absorber, link_precedence = 'secondary', updated_at = clock_timestamp()
          FROM unnest($1::bigint[], $2::bigint[]) AS merge (absorbed, absorber)
         WHERE cluster_id = absorbed AND deleted_at IS NULL
        """)

    /// $1 a file's digest → how many of its rows are imported.
    static let progress = Statement(
        "progress", "SELECT rows FROM import_progress WHERE file_digest = $1::text")

    /// $1 a file's digest, $2 how many of its rows are imported.
    static let recordProgress = Statement(
        "record_progress",
        """
        INSERT INTO import_progress (file_digest, rows) VALUES ($1::text, $2::bigint)
        ON CONFLICT (file_digest) DO UPDATE SET rows = excluded.rows, recorded_at = clock_timestamp()
        """)
}
