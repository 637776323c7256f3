internal import Identity
internal import PostgreSQL

/// The statements of `BatchStore`, each about all rows of a batch. What they guard, and why, is said where
/// `ContactStore` does the same for one row.
enum BatchStatements {
    static let all = [
        owners.statement, sizes.statement, keptApart.statement, standing.statement, begin, commit,
        lockPrimaries.statement, ContactStatements.newIDs.statement, ContactStatements.touch, absorb, tie,
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

    /// $1 primaries → those of whose clusters something is kept apart from something of another's, with the other.
    static let keptApart = Query(
        "batch_kept_apart",
        """
        SELECT holder.cluster_id, owner.cluster_id
          FROM contact AS holder, LATERAL (
        \(KeptApart.pairs(of: "holder"))
               ) AS pair, LATERAL (
               SELECT unnest(ARRAY[
        \(ContactStatements.owners("cluster_id", email: "pair.other_email", phoneKey: "pair.other_phone_key"))])
               ) AS owner (cluster_id)
         WHERE holder.cluster_id = ANY ($1::bigint[]) AND holder.deleted_at IS NULL
           AND owner.cluster_id = ANY ($1::bigint[]) AND EXISTS (SELECT FROM kept_apart)
        """
    ) { columns -> (one: ContactID, other: ContactID) in (try columns.integer(), try columns.integer()) }

    /// Pairs as the parameters $1 to $6: e-mails, phones and phone keys, and those of the second of two of one kind.
    static func columns(_ pairs: [IdentifierPair]) -> Parameters {
        let ends = pairs.map { pair in
            let emails = pair.ends.compactMap(\.email)
            let phones = pair.ends.compactMap(\.phone)
            return (emails.first, phones.first, emails.dropFirst().first, phones.dropFirst().first)
        }
        return [
            ArrayParameter(ends.map(\.0?.text)), ArrayParameter(ends.map(\.1?.text)),
            ArrayParameter(ends.map(\.1?.key)),
            ArrayParameter(ends.map(\.2?.text)), ArrayParameter(ends.map(\.3?.text)),
            ArrayParameter(ends.map(\.3?.key)),
        ]
    }

    private static let pairs = """
        unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[]) WITH ORDINALITY
            AS pair (email, phone_number, phone_key, other_email, other_phone_number, other_phone_key, number)
        """

    /// SQL: whether evidence that is no contact ties a pair. Each of its kinds by an index.
    private static let isTied = """
        EXISTS (SELECT FROM evidence WHERE NOT is_withdrawn
                   AND email = pair.email AND phone_key = pair.phone_key)
            OR EXISTS (SELECT FROM evidence WHERE NOT is_withdrawn
                   AND (email, other_email) IN ((pair.email, pair.other_email), (pair.other_email, pair.email)))
            OR EXISTS (SELECT FROM evidence WHERE NOT is_withdrawn
                   AND (phone_key, other_phone_key)
                       IN ((pair.phone_key, pair.other_phone_key), (pair.other_phone_key, pair.phone_key)))
        """

    /// Pairs → those of which evidence stands.
    static let standing = Query(
        "standing_pairs",
        """
        SELECT email, phone_number, phone_key, other_email, other_phone_number, other_phone_key
          FROM \(pairs)
         WHERE \(isTied)
            OR EXISTS (
               SELECT FROM contact AS holder
                WHERE holder.cluster_id = (
                      SELECT cluster_id FROM contact WHERE email = pair.email AND owns_email AND deleted_at IS NULL)
                  AND holder.email = pair.email AND holder.phone_key = pair.phone_key AND holder.deleted_at IS NULL)
        """
    ) { try $0.pair() }

    /// Pairs, of which each becomes evidence.
    static let tie = Statement(
        "tie",
        """
        INSERT INTO evidence (email, phone_number, phone_key, other_email, other_phone_number, other_phone_key)
        SELECT email, phone_number, phone_key, other_email, other_phone_number, other_phone_key
          FROM \(pairs)
         WHERE NOT (\(isTied))
         ORDER BY number
        """)

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
