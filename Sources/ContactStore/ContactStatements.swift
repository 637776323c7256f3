internal import Identity
internal import PostgreSQL

/// The statements of `ContactStore`, each prepared once on a connection.
enum ContactStatements {
    static let all = [
        read.statement, readMany.statement, begin, beginReadCommitted, commit, create.statement, link, merge,
    ]

    /// $1 e-mail, $2 phone key → every contact of the clusters that own them, in no order, with the
    /// identifiers that each introduced.
    ///
    /// Every part of it is answered by an index alone. Only so is it cheap, and only so do its predicate locks stay on
    /// the few index pages that it needs. So it must ask for one column (an `id IN (…) OR linked_id IN (…)` reads the
    /// whole table).
    static let read = Query(
        "read",
        """
        SELECT id, cluster_id,
               CASE WHEN owns_email THEN email END,
               CASE WHEN owns_phone THEN phone_number END,
               CASE WHEN owns_phone THEN phone_key END
          FROM contact
         WHERE deleted_at IS NULL
           AND cluster_id = ANY (ARRAY[
        \(owners("cluster_id", email: "$1", phoneKey: "$2"))])
        """
    ) { columns in
        try Contact(introduced: &columns)
    }

    /// $1 e-mails, $2 phone keys, pairs of them → `read` of each pair, with the pair's number from 1 in front.
    static let readMany = Query(
        "read_many",
        """
        SELECT question.number, answer.*
          FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS question (email, phone_key, number),
               LATERAL (
        \(read.statement.sql.replacing("$1", with: "question.email").replacing("$2", with: "question.phone_key"))
               ) AS answer
        """
    ) { columns in
        (number: try Int(columns.integer()), contact: try Contact(introduced: &columns))
    }

    static let begin = Statement("begin", "BEGIN ISOLATION LEVEL SERIALIZABLE READ WRITE")

    /// For reads of what many transactions write: predicate locks would make others fail, and a lone statement sees one
    /// moment at this level, too.
    static let beginReadCommitted = Statement(
        "begin_read_committed", "BEGIN ISOLATION LEVEL READ COMMITTED READ ONLY")

    static let commit = Statement("commit", "COMMIT")

    /// $1 e-mail, $2 phone, $3 phone key → the new id, or nothing where one of them has an owner by now.
    static let create = Query(
        "create",
        """
        INSERT INTO contact (link_precedence, email, phone_number, phone_key, owns_email, owns_phone)
        VALUES ('primary', $1::text, $2::text, $3::text, $1 IS NOT NULL, $3 IS NOT NULL)
        ON CONFLICT DO NOTHING
        RETURNING id
        """
    ) { columns -> ContactID in
        try columns.integer()
    }

    /// The contacts that introduced an e-mail, or else a phone key, if they are primaries, locked: for those who write.
    ///
    /// They find a primary by what it introduced, and never by its id. Predicate locks on an index are locks on its
    /// pages, and all new ids are on the last page of the primary key, where every insert writes: customers who
    /// are new would make each other's transactions fail.
    private static func primaries(whoIntroduced owned: (email: String, phoneKey: String)...) -> String {
        let places = owned.map { "coalesce(\n\(owners("ctid", email: $0.email, phoneKey: $0.phoneKey)))" }
        return """
            SELECT id FROM contact
             WHERE ctid = ANY (ARRAY[\(places.joined(separator: ", "))])
               AND linked_id IS NULL AND deleted_at IS NULL
             ORDER BY id
               FOR NO KEY UPDATE
            """
    }

    /// A column of the contact that introduced an e-mail, and of the one that introduced a phone key. These repeat
    /// the predicates of the owner indexes word for word, so that the indexes are used.
    static func owners(_ column: String, email: String, phoneKey: String) -> String {
        """
               (SELECT \(column) FROM contact WHERE email = \(email) AND owns_email AND deleted_at IS NULL),
               (SELECT \(column) FROM contact WHERE phone_key = \(phoneKey) AND owns_phone AND deleted_at IS NULL)
        """
    }

    /// $1 primary, $2 e-mail, $3 phone, $4 phone key, $5 introduces the e-mail, $6 introduces the phone, $7 e-mail and
    /// $8 phone key that the primary introduced → one row written, or none where the primary is no primary by now,
    /// the known identifier is not its cluster's any more (which is being erased), or the new one has an owner.
    static let link = Statement(
        "link",
        """
        WITH primary_contact AS (
        \(primaries(whoIntroduced: ("$7", "$8"))))
        INSERT INTO contact (linked_id, link_precedence, email, phone_number, phone_key, owns_email, owns_phone)
        SELECT id, 'secondary', $2::text, $3::text, $4::text, $5::boolean, $6::boolean
          FROM primary_contact
         WHERE id = $1::bigint AND id IN (
        \(owners("cluster_id", email: "CASE WHEN $6 THEN $2::text END", phoneKey: "CASE WHEN $5 THEN $4::text END")))
        ON CONFLICT DO NOTHING
        """)

    /// $1 the older primary, $2 the younger, $3 e-mail, $4 phone, $5 phone key, $6 most contacts of a cluster, $7 e-mail
    /// and $8 phone key that the older introduced, $9 and $10 the younger → one row of evidence written, or none
    /// (and nothing moved) where one of the two is no primary by now, or they have too many contacts, or one of them is
    /// being erased: who is not meant must not become a part of that customer, nor the rest a part of another.
    static let merge = Statement(
        "merge",
        """
        WITH primaries AS (
        \(primaries(whoIntroduced: ("$7", "$8"), ("$9", "$10")))),
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
        SELECT $1::bigint, $2::bigint, $3::text, $4::text, $5::text FROM absorbed WHERE id = $2::bigint
        """)
}

extension Contact {
    /// Of the columns id, cluster_id, and the e-mail, phone and phone key that the contact introduced.
    init(introduced columns: inout Columns) throws {
        let (id, primaryID) = (try columns.integer(), try columns.integer())
        let email = columns.textOrNull().map(Email.init(stored:))
        let (phone, key) = (columns.textOrNull(), columns.textOrNull())
        self.init(
            id: id, primaryID: primaryID, email: email,
            phone: phone.flatMap { text in key.map { Phone(stored: text, key: $0) } })
    }
}

/// Moments as they are answered: RFC 3339, in UTC, to the microsecond.
enum Timestamp {
    /// SQL, for a column of type timestamptz.
    static func text(of column: String) -> String {
        #"to_char(\#(column) AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')"#
    }
}
