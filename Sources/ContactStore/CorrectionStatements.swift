internal import Identity
internal import PostgreSQL

/// The statements of corrections. Each reads by what customers own, or by ids.
enum CorrectionStatements {
    static let all = [
        owners.statement, lock.statement, halfErased.statement, contacts.statement, clusters.statement,
        withholders.statement, evidence.statement, evidenceByID.statement, corrections.statement, insertContacts,
        rewriteContacts, insertNobody, endNobody, withdraw, insertCorrection.statement, insertApart, undo, endApart,
        insertChanges, records.statement, page.statement,
    ]

    // MARK: - Reading

    /// $1 e-mails, $2 phone keys → those that are owned, each with the cluster.
    static let owners = Query(
        "correction_owners",
        """
        SELECT email, NULL, NULL, cluster_id FROM contact
         WHERE email = ANY ($1::text[]) AND owns_email AND deleted_at IS NULL
         UNION ALL
        SELECT NULL, phone_number, phone_key, cluster_id FROM contact
         WHERE phone_key = ANY ($2::text[]) AND owns_phone AND deleted_at IS NULL
        """
    ) { columns -> (identifier: Identifier, cluster: ContactID) in
        (try columns.identifier(), try columns.integer())
    }

    /// $1 contacts → each with its cluster, and whether it is erased.
    static let clusters = Query(
        "correction_clusters",
        "SELECT id, cluster_id, deleted_at IS NOT NULL FROM contact WHERE id = ANY ($1::bigint[]) AND cluster_id > 0"
    ) { columns -> (contact: ContactID, cluster: ContactID, isErased: Bool) in
        (try columns.integer(), try columns.integer(), columns.bool())
    }

    /// $1 primaries, locked in one order, as all do who write to a customer.
    static let lock = Query(
        "correction_lock",
        """
        SELECT id FROM contact
         WHERE id = ANY ($1::bigint[]) AND linked_id IS NULL AND deleted_at IS NULL
         ORDER BY id
           FOR NO KEY UPDATE
        """
    ) { columns -> ContactID in try columns.integer() }

    /// $1 primaries → those of whose contacts some are erased.
    static let halfErased = Query(
        "correction_half_erased",
        "SELECT DISTINCT cluster_id FROM contact WHERE deleted_at IS NOT NULL AND cluster_id = ANY ($1::bigint[])"
    ) { columns -> ContactID in try columns.integer() }

    private static let contactColumns = """
        id, cluster_id, email, phone_number, phone_key, withheld_email, withheld_phone_number, withheld_phone_key,
               owns_email, owns_phone, home
        """

    /// $1 primaries → their contacts.
    static let contacts = Query(
        "correction_contacts",
        """
        SELECT \(contactColumns) FROM unnest($1::bigint[]) AS customer JOIN written_contact ON cluster_id = customer
         WHERE deleted_at IS NULL
        """
    ) { try StoredContact(&$0) }

    /// $1 e-mails, $2 phone keys → contacts that withhold one of them.
    static let withholders = Query(
        "correction_withholders",
        ["withheld_email = ANY ($1::text[])", "withheld_phone_key = ANY ($2::text[])"].map {
            "SELECT \(contactColumns) FROM written_contact WHERE deleted_at IS NULL AND \($0)"
        }.joined(separator: "\n UNION\n")
    ) { try StoredContact(&$0) }

    private static let evidenceColumns = """
        id, email, phone_number, phone_key, other_email, other_phone_number, other_phone_key, is_withdrawn
        """

    /// $1 e-mails, $2 phone keys → the evidence that has one of them as an end.
    static let evidence = Query(
        "correction_evidence",
        [
            "email = ANY ($1::text[])", "other_email = ANY ($1::text[])", "phone_key = ANY ($2::text[])",
            "other_phone_key = ANY ($2::text[])",
        ].map { "SELECT \(evidenceColumns) FROM evidence WHERE \($0)" }.joined(separator: "\n UNION\n")
    ) { try StoredEvidence(&$0) }

    /// $1 ids → the evidence, contacts among it.
    static let evidenceByID = Query(
        "correction_evidence_by_id",
        """
        SELECT \(evidenceColumns) FROM evidence WHERE id = ANY ($1::bigint[])
         UNION ALL
        SELECT id, coalesce(email, withheld_email), coalesce(phone_number, withheld_phone_number),
               coalesce(phone_key, withheld_phone_key), NULL, NULL, NULL,
               withheld_email IS NOT NULL OR withheld_phone_key IS NOT NULL
          FROM written_contact
         WHERE id = ANY ($1::bigint[]) AND deleted_at IS NULL
           AND coalesce(email, withheld_email) IS NOT NULL AND coalesce(phone_key, withheld_phone_key) IS NOT NULL
        """
    ) { try StoredEvidence(&$0) }

    /// Of a correction, with one of the pairs that it keeps apart: what `StoredCorrection` reads.
    private static let correctionColumns = """
        correction.id, kind, array_to_string(evidence, ','), erased_at IS NOT NULL, undone_at IS NOT NULL,
               correction.email, correction.phone_number, correction.phone_key,
               pair.email, pair.phone_number, pair.phone_key,
               pair.other_email, pair.other_phone_number, pair.other_phone_key
        """

    /// $1 e-mails, $2 phone keys, $3 evidence, $4 corrections → corrections that are about one of them, those of $4 also where
    /// they are undone: a row for each pair that they keep apart, or one.
    static let corrections = Query(
        "corrections_about",
        """
        SELECT \(correctionColumns)
          FROM correction LEFT JOIN kept_apart AS pair ON correction_id = correction.id
         WHERE correction.id = ANY (ARRAY(
               SELECT correction_id FROM kept_apart WHERE email = ANY ($1::text[])
                UNION
               SELECT correction_id FROM kept_apart WHERE phone_key = ANY ($2::text[])
                UNION
               SELECT id FROM correction WHERE email = ANY ($1::text[])
                UNION
               SELECT id FROM correction WHERE phone_key = ANY ($2::text[])
                UNION
               SELECT id FROM correction WHERE evidence && $3::bigint[] AND evidence <> '{}'
                UNION
               SELECT unnest($4::bigint[])))
           AND (undone_at IS NULL OR correction.id = ANY ($4::bigint[]))
        """
    ) { try StoredCorrection(&$0) }

    // MARK: - Writing

    private static let rows = """
        unnest($1::bigint[], $2::bigint[], $3::text[], $4::text[], $5::text[], $6::boolean[], $7::boolean[],
               $8::text[], $9::text[], $10::text[], $11::text[])
            AS new (id, linked_id, email, phone_number, phone_key, owns_email, owns_phone,
               withheld_email, withheld_phone_number, withheld_phone_key, home)
        """

    /// CTE: what is withheld of `new`.
    private static let withholding = """
        withholding AS (
            INSERT INTO withheld (contact_id, email, phone_number, phone_key, home)
            SELECT id, withheld_email, withheld_phone_number, withheld_phone_key, home FROM new
            ON CONFLICT (contact_id) DO UPDATE
               SET email = excluded.email, phone_number = excluded.phone_number, phone_key = excluded.phone_key)
        """

    /// `ContactRows`, $12 client, $13 request id.
    static let insertContacts = Statement(
        "insert_contacts",
        """
        WITH new AS (SELECT * FROM \(rows)),
        \(withholding)
        INSERT INTO contact (id, linked_id, link_precedence, email, phone_number, phone_key, owns_email, owns_phone,
               client, request_id)
        SELECT id, linked_id, CASE WHEN linked_id IS NULL THEN 'primary' ELSE 'secondary' END, email, phone_number,
               phone_key, owns_email, owns_phone, $12::text, $13::text
          FROM new
        """)

    /// `ContactRows`.
    static let rewriteContacts = Statement(
        "rewrite_contacts",
        """
        WITH new AS (SELECT * FROM \(rows)),
        \(withholding)
        UPDATE contact
           SET linked_id = new.linked_id,
               link_precedence = CASE WHEN new.linked_id IS NULL THEN 'primary' ELSE 'secondary' END,
               email = new.email, phone_number = new.phone_number, phone_key = new.phone_key,
               owns_email = new.owns_email, owns_phone = new.owns_phone, updated_at = clock_timestamp()
          FROM new
         WHERE contact.id = new.id
        """)

    /// $1 e-mail, $2 phone, $3 phone key: the owner of what names nobody. Its cluster is below 0, outside of every customer.
    static let insertNobody = Statement(
        "insert_nobody",
        """
        INSERT INTO contact (id, linked_id, link_precedence, email, phone_number, phone_key, owns_email, owns_phone)
        SELECT id, -id, 'secondary', $1::text, $2::text, $3::text, $1 IS NOT NULL, $3 IS NOT NULL
          FROM nextval('contact_id_seq') AS id
        """)

    /// $1 contacts that own what named nobody.
    static let endNobody = Statement(
        "end_nobody",
        """
        UPDATE contact
           SET \(Erasure.emptied)
         WHERE id = ANY ($1::bigint[])
        """)

    /// $1 evidence, $2 whether it is withdrawn.
    static let withdraw = Statement(
        "withdraw_evidence", "UPDATE evidence SET is_withdrawn = $2::boolean WHERE id = ANY ($1::bigint[])")

    /// $1 kind, $2 e-mail, $3 phone, $4 phone key, $5 evidence, $6 note, $7 client, $8 request id → its id.
    static let insertCorrection = Query(
        "insert_correction",
        """
        INSERT INTO correction (kind, email, phone_number, phone_key, evidence, note, client, request_id)
        VALUES ($1::text, $2::text, $3::text, $4::text, $5::bigint[], $6::text, $7::text, $8::text)
        RETURNING id
        """
    ) { columns -> CorrectionID in try columns.integer() }

    /// $1 correction, $2 e-mails, $3 phones, $4 phone keys, $5 to $7 the same of the others.
    static let insertApart = Statement(
        "insert_kept_apart",
        """
        INSERT INTO kept_apart (correction_id, email, phone_number, phone_key, other_email, other_phone_number,
               other_phone_key)
        SELECT $1::bigint, pair.*
          FROM unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[]) AS pair
        """)

    /// $1 corrections.
    static let undo = Statement(
        "undo_corrections",
        "UPDATE correction SET undone_at = clock_timestamp() WHERE id = ANY ($1::bigint[]) AND undone_at IS NULL")

    /// $1 corrections.
    static let endApart = Statement(
        "end_kept_apart", "UPDATE kept_apart SET stands = false WHERE correction_id = ANY ($1::bigint[]) AND stands")

    /// $1 kinds, $2 primaries, $3 the others, $4 contacts as arrays written as text.
    static let insertChanges = Statement(
        "insert_changes",
        """
        INSERT INTO change (kind, primary_id, other_id, contact_ids)
        SELECT kind, primary_id, other_id, contact_ids::bigint[]
          FROM unnest($1::text[], $2::bigint[], $3::bigint[], $4::text[]) WITH ORDINALITY
               AS change (kind, primary_id, other_id, contact_ids, number)
         ORDER BY number
        """)

    // MARK: - Telling of them

    private static let recordColumns = """
        \(correctionColumns),
               \(Timestamp.text(of: "created_at")), client, request_id, note, \(Timestamp.text(of: "undone_at"))
        """

    /// $1 corrections → a row for each pair that they keep apart, or one.
    static let records = Query(
        "correction_records",
        """
        SELECT \(recordColumns)
          FROM correction LEFT JOIN kept_apart AS pair ON correction_id = correction.id
         WHERE correction.id = ANY ($1::bigint[]) ORDER BY correction.id
        """
    ) { try CorrectionRow(&$0) }

    /// $1 the correction before, $2 how many, $3 a contact whose customer they are about, or NULL → the next, as `records`.
    static let page = Query(
        "correction_page",
        """
        SELECT \(recordColumns)
          FROM (SELECT * FROM correction
                 WHERE id > $1::bigint
                   AND ($3::bigint IS NULL OR id = ANY (ARRAY(\(about("$3::bigint")))))
                 ORDER BY id LIMIT $2::bigint) AS correction
          LEFT JOIN kept_apart AS pair ON correction_id = correction.id
         ORDER BY correction.id
        """
    ) { try CorrectionRow(&$0) }

    /// SQL: the corrections that name what the contacts of a customer have written, or list evidence of that customer.
    private static func about(_ contact: String) -> String {
        """
        WITH \(History.evidence(of: contact))
        SELECT correction_id FROM holder JOIN kept_apart USING (email)
         UNION
        SELECT correction_id FROM holder JOIN kept_apart USING (phone_key)
         UNION
        SELECT correction.id FROM holder JOIN correction USING (email)
         UNION
        SELECT correction.id FROM holder JOIN correction USING (phone_key)
         UNION
        SELECT id FROM correction
         WHERE evidence && ARRAY(SELECT customer_evidence.id FROM customer_evidence) AND evidence <> '{}'
        """
    }
}
