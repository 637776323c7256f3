internal import Identity
internal import PostgreSQL

/// The statements of `ContactStore`, each prepared once on a connection.
enum ContactStatements {
    static let all = [
        read.statement, readMany.statement, begin, beginReadCommitted, commit, rollBack, create.statement, link, merge,
        pairStands.statement, recordPair, KeptApart.corrections.statement, newIDs.statement, touch,
    ]

    /// SQL: how a session is to plan them, and those of other files, all of which are as quick by indexes.
    ///
    /// Sequential scans and joins that read whole tables are ruled out because on a table of a few rows the planner prefers them,
    /// and they take predicate locks on all of it. A statement is planned once, because there is one way to carry it out;
    /// PostgreSQL might plan each batch of reads anew, for half of its price again. None is compiled: the planner has no
    /// statistics of a partial index's expression, and takes one contact in 200 for a member of any customer, so a merge
    /// was compiled each time, for 27 ms.
    static let planning = """
        SET enable_seqscan = off;
        SET enable_hashjoin = off;
        SET enable_mergejoin = off;
        SET plan_cache_mode = force_generic_plan;
        SET jit = off;
        """

    /// $1 e-mail, $2 phone key → every contact of the clusters that own them, in no order, with the
    /// identifiers that each owns, and whether it holds both that were asked for.
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
               CASE WHEN owns_phone THEN phone_key END,
               email = $1 AND phone_key = $2
          FROM contact
         WHERE deleted_at IS NULL
           AND cluster_id = ANY (ARRAY[
        \(owners("cluster_id", email: "$1", phoneKey: "$2"))])
        """
    ) { columns in
        try Contact(observed: &columns)
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
        (number: try Int(columns.integer()), contact: try Contact(observed: &columns))
    }

    static let begin = Statement("begin", "BEGIN ISOLATION LEVEL SERIALIZABLE READ WRITE")

    /// For reads of what many transactions write: predicate locks would make others fail, and a lone statement sees one
    /// moment at this level, too.
    static let beginReadCommitted = Statement(
        "begin_read_committed", "BEGIN ISOLATION LEVEL READ COMMITTED READ ONLY")

    static let commit = Statement("commit", "COMMIT")
    static let rollBack = Statement("roll_back", "ROLLBACK")

    /// $1 how many → as many ids for new contacts.
    static let newIDs = Query(
        "new_ids", "SELECT nextval('contact_id_seq') FROM generate_series(1, $1::bigint)"
    ) { columns -> ContactID in
        try columns.integer()
    }

    /// $1 primaries: written, survivors too, so that whoever changes the same customers meets this on a row.
    static let touch = Statement(
        "touch_primaries", "UPDATE contact SET updated_at = clock_timestamp() WHERE id = ANY ($1::bigint[])")

    /// $1 e-mail, $2 phone, $3 phone key, $4 client, $5 request id → the new id, or nothing where one of them has an owner
    /// by now.
    static let create = Query(
        "create",
        """
        INSERT INTO contact (link_precedence, email, phone_number, phone_key, owns_email, owns_phone, client, request_id)
        VALUES ('primary', $1::text, $2::text, $3::text, $1 IS NOT NULL, $3 IS NOT NULL, $4::text, $5::text)
        ON CONFLICT DO NOTHING
        RETURNING id
        """
    ) { columns -> ContactID in
        try columns.integer()
    }

    /// The place of the contact that owns an e-mail, or else a phone key.
    ///
    /// Primaries are found by what they own, and never by their ids. Predicate locks on an index are locks on its
    /// pages, and all new ids are on the last page of the primary key, where every insert writes: customers who
    /// are new would make each other's transactions fail.
    private static func place(ofWhoOwns email: String, _ phoneKey: String) -> String {
        "coalesce(\n\(owners("ctid", email: email, phoneKey: phoneKey)))"
    }

    /// The cluster of a contact, as `contact_members` finds it: for who writes to customers. Predicate locks on
    /// `contact_cluster` are locks on its pages, where neighbours are together (docs/decisions/0039).
    static let memberOf = "cluster_id + 0"

    /// A column of the contact that owns an e-mail, and of the one that owns a phone key. These repeat
    /// the predicates of the owner indexes word for word, so that the indexes are used.
    static func owners(_ column: String, email: String, phoneKey: String) -> String {
        """
               (SELECT \(column) FROM contact WHERE email = \(email) AND owns_email AND deleted_at IS NULL),
               (SELECT \(column) FROM contact WHERE phone_key = \(phoneKey) AND owns_phone AND deleted_at IS NULL)
        """
    }

    /// A CTE that locks the primary and writes it, as all do who write to a customer: so two of them meet on a row. It is empty
    /// where the primary is none by now.
    private static func writtenPrimary(_ id: String, whoOwns email: String, _ phoneKey: String) -> String {
        """
        primary_contact AS (
            UPDATE contact SET updated_at = clock_timestamp()
             WHERE ctid = \(place(ofWhoOwns: email, phoneKey))
               AND id = \(id) AND linked_id IS NULL AND deleted_at IS NULL
            RETURNING id)
        """
    }

    /// $1 primary, $2 e-mail, $3 phone, $4 phone key, $5 introduces the e-mail, $6 introduces the phone, $7 e-mail and
    /// $8 phone key that the primary owns, $9 client, $10 request id → one row written, or none where the primary is no
    /// primary by now, the known identifier is not its cluster's any more, or the new one has an owner.
    static let link = Statement(
        "link",
        """
        WITH \(writtenPrimary("$1::bigint", whoOwns: "$7", "$8"))
        INSERT INTO contact (linked_id, link_precedence, email, phone_number, phone_key, owns_email, owns_phone,
               client, request_id)
        SELECT id, 'secondary', $2::text, $3::text, $4::text, $5::boolean, $6::boolean, $9::text, $10::text
          FROM primary_contact
         WHERE id IN (
        \(owners("cluster_id", email: "CASE WHEN $6 THEN $2::text END", phoneKey: "CASE WHEN $5 THEN $4::text END")))
        ON CONFLICT DO NOTHING
        """)

    /// $1 the older primary, $2 the younger, $3 e-mail, $4 phone, $5 phone key, $6 most contacts of a cluster, $7 e-mail
    /// and $8 phone key that the older owns, $9 and $10 the younger, $11 client, $12 request id → one change written, or
    /// none (and nothing moved) where one of the two is no primary by now, does not own what was observed any more, they have
    /// too many contacts, something of the one is kept apart from something of the other, or one of them is being erased: who
    /// is not meant must not become a part of that customer, nor the rest a part of another.
    static let merge = Statement(
        "merge",
        """
        WITH primaries AS (
            SELECT ctid AS place, id FROM contact
             WHERE ctid = ANY (ARRAY[\(place(ofWhoOwns: "$7", "$8")), \(place(ofWhoOwns: "$9", "$10"))])
               AND linked_id IS NULL AND deleted_at IS NULL
             ORDER BY id
               FOR NO KEY UPDATE),
        meant AS (
            SELECT FROM (SELECT
        \(owners("cluster_id", email: "$3::text", phoneKey: "$5::text"))) AS owner (of_email, of_phone)
             WHERE least(of_email, of_phone) = $1::bigint AND greatest(of_email, of_phone) = $2::bigint
               AND (SELECT count(*) FROM primaries WHERE id IN ($1::bigint, $2::bigint)) = 2
               AND (SELECT count(*) FROM contact WHERE \(memberOf) = $1::bigint AND deleted_at IS NULL)
                 + (SELECT count(*) FROM contact WHERE \(memberOf) = $2::bigint AND deleted_at IS NULL) <= $6::bigint
               AND NOT EXISTS (SELECT FROM contact
                                WHERE cluster_id IN ($1::bigint, $2::bigint) AND deleted_at IS NOT NULL)
               AND NOT EXISTS (\(KeptApart.pairs(between: "$1::bigint", "$2::bigint")))),
        survivor AS (
            UPDATE contact SET updated_at = clock_timestamp()
             WHERE ctid = (SELECT place FROM primaries WHERE id = $1::bigint AND EXISTS (SELECT FROM meant))),
        absorbed AS (
            UPDATE contact
               SET linked_id = $1::bigint, link_precedence = 'secondary', updated_at = clock_timestamp()
             WHERE \(memberOf) = $2::bigint AND deleted_at IS NULL AND EXISTS (SELECT FROM meant)),
        evidence AS (
            INSERT INTO evidence (email, phone_number, phone_key, client, request_id)
            SELECT $3::text, $4::text, $5::text, $11::text, $12::text FROM meant)
        INSERT INTO change (primary_id, other_id) SELECT $1::bigint, $2::bigint FROM meant
        """)

    /// $1 e-mail, $2 phone key → a row, if evidence that is no contact ties them.
    static let pairStands = Query(
        "pair_stands",
        "SELECT FROM evidence WHERE email = $1::text AND phone_key = $2::text AND NOT is_withdrawn LIMIT 1"
    ) { _ in }

    /// $1 primary, $2 e-mail, $3 phone, $4 phone key, $5 e-mail and $6 phone key that the primary owns, $7 client,
    /// $8 request id → one row written, or none where the two are not both the customer's by now, or somebody else was first.
    static let recordPair = Statement(
        "record_pair",
        """
        WITH \(writtenPrimary("$1::bigint", whoOwns: "$5", "$6"))
        INSERT INTO evidence (email, phone_number, phone_key, client, request_id)
        SELECT $2::text, $3::text, $4::text, $7::text, $8::text FROM primary_contact, (SELECT
        \(owners("cluster_id", email: "$2::text", phoneKey: "$4::text"))) AS owner (of_email, of_phone)
         WHERE id = of_email AND id = of_phone
           AND NOT EXISTS (
               SELECT FROM evidence WHERE email = $2::text AND phone_key = $4::text AND NOT is_withdrawn)
        """)
}

extension Contact {
    /// Of the columns id, cluster_id, and the e-mail, phone and phone key that the contact owns.
    init(owned columns: inout Columns) throws {
        let (id, primaryID) = (try columns.integer(), try columns.integer())
        let (email, phone) = (columns.emailOrNull(), columns.phoneOrNull())
        self.init(id: id, primaryID: primaryID, email: email, phone: phone)
    }

    /// Of the same, and whether it holds what was observed.
    init(observed columns: inout Columns) throws {
        let (id, primaryID) = (try columns.integer(), try columns.integer())
        let (email, phone) = (columns.emailOrNull(), columns.phoneOrNull())
        self.init(id: id, primaryID: primaryID, email: email, phone: phone, holdsObserved: columns.bool())
    }
}

extension Columns {
    mutating func emailOrNull() -> Email? { textOrNull().map(Email.init(stored:)) }

    /// Of two columns: as written, and the key.
    mutating func phoneOrNull() -> Phone? {
        let (text, key) = (textOrNull(), textOrNull())
        return text.flatMap { text in key.map { Phone(stored: text, key: $0) } }
    }
}

/// Moments as they are answered: RFC 3339, in UTC, to the microsecond.
enum Timestamp {
    /// SQL, for a column of type timestamptz.
    static func text(of column: String) -> String {
        #"to_char(\#(column) AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')"#
    }
}
