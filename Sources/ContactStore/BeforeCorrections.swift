internal import PostgreSQL

/// How a database is written to that has no corrections yet, because `identityd migrate` is still to come. Each statement has
/// the name and the parameters of its successor, so that only `ContactStore.statements` knows of it. To go with the
/// next migration.
enum BeforeCorrections {
    static let statements = [create, link, merge, pairStands, keptApart]

    /// What came together is not written down yet.
    private static let pairStands = Statement(
        ContactStatements.pairStands.statement.name, "SELECT FROM (SELECT $1::text, $2::text) AS unrecorded")

    private static let keptApart = Statement(
        KeptApart.corrections.statement.name, "SELECT NULL FROM (SELECT $1::bigint, $2::bigint) AS unasked WHERE false")

    private static let create = Statement(
        ContactStatements.create.statement.name,
        """
        INSERT INTO contact (link_precedence, email, phone_number, phone_key, owns_email, owns_phone)
        SELECT 'primary', $1::text, $2::text, $3::text, $1 IS NOT NULL, $3 IS NOT NULL
          FROM (SELECT $4::text, $5::text) AS unrecorded
        ON CONFLICT DO NOTHING
        RETURNING id
        """)

    /// The contacts that own an e-mail, or else a phone key, if they are primaries, locked.
    private static func primaries(whoOwn owned: (email: String, phoneKey: String)...) -> String {
        let places = owned.map {
            "coalesce(\n\(ContactStatements.owners("ctid", email: $0.email, phoneKey: $0.phoneKey)))"
        }
        return """
            SELECT id FROM contact
             WHERE ctid = ANY (ARRAY[\(places.joined(separator: ", "))])
               AND linked_id IS NULL AND deleted_at IS NULL
             ORDER BY id
               FOR NO KEY UPDATE
            """
    }

    private static let link = Statement(
        ContactStatements.link.name,
        """
        WITH primary_contact AS (
        \(primaries(whoOwn: ("$7", "$8"))))
        INSERT INTO contact (linked_id, link_precedence, email, phone_number, phone_key, owns_email, owns_phone)
        SELECT id, 'secondary', $2::text, $3::text, $4::text, $5::boolean, $6::boolean
          FROM primary_contact, (SELECT $9::text, $10::text) AS unrecorded
         WHERE id = $1::bigint AND id IN (
        \(ContactStatements.owners(
            "cluster_id", email: "CASE WHEN $6 THEN $2::text END", phoneKey: "CASE WHEN $5 THEN $4::text END")))
        ON CONFLICT DO NOTHING
        """)

    private static let merge = Statement(
        ContactStatements.merge.name,
        """
        WITH primaries AS (
        \(primaries(whoOwn: ("$7", "$8"), ("$9", "$10")))),
        absorbed AS (
            UPDATE contact
               SET linked_id = $1::bigint, link_precedence = 'secondary', updated_at = clock_timestamp()
             WHERE cluster_id = $2::bigint AND deleted_at IS NULL
               AND (SELECT count(*) FROM primaries WHERE id IN ($1::bigint, $2::bigint)) = 2
               AND (SELECT count(*) FROM contact
                     WHERE cluster_id IN ($1::bigint, $2::bigint) AND deleted_at IS NULL) <= $6::bigint
               AND NOT EXISTS (SELECT FROM contact
                                WHERE cluster_id IN ($1::bigint, $2::bigint) AND deleted_at IS NOT NULL)
            RETURNING id)
        INSERT INTO contact_merge (primary_id, absorbed_id, email, phone_number, phone_key)
        SELECT $1::bigint, $2::bigint, $3::text, $4::text, $5::text
          FROM absorbed, (SELECT $11::text, $12::text) AS unrecorded WHERE id = $2::bigint
        """)
}
