/// Something that must hold for every contact, as the query that finds where it doesn't.
struct Invariant {
    let name: String
    /// What the ids in a finding are.
    let idsAre: String
    let query: String

    /// How many ids a finding lists.
    static let listed = 20

    /// SQL: at most one id more than are listed.
    var findingIDs: String { "SELECT id FROM (\(query)) AS broken (id) ORDER BY id LIMIT \(Invariant.listed + 1)" }

    /// A line for `ids`; none where there are none.
    func finding(ids: [Int64]) -> [String] {
        if ids.isEmpty { return [] }
        let list = ids.prefix(Invariant.listed).map(String.init).joined(separator: ", ")
        return ["\(name): \(idsAre) \(list)\(ids.count > Invariant.listed ? ", …" : "")"]
    }

    static let all = [
        Invariant(
            name: "the owner indexes are in force", idsAre: "problems:",
            query: """
                SELECT 2 - count(*) FROM pg_index
                 WHERE indexrelid IN (to_regclass('contact_owned_email'), to_regclass('contact_owned_phone'))
                   AND indisunique AND indisvalid
                HAVING count(*) < 2
                """),
        Invariant(
            name: "new contacts, changes and corrections get ids above all others (if not, run identityd migrate)",
            idsAre: "the newest:",
            query: RestoreCheck.sequencesBehind.joined(separator: "\n UNION ALL\n")),
        Invariant(
            name: "no change is of a transaction still to come (if one is, run identityd migrate)", idsAre: "changes",
            query: RestoreCheck.changesAhead),
        Invariant(
            name: "precedence agrees with the link", idsAre: "contacts",
            query: """
                SELECT id FROM contact
                 WHERE link_precedence <> CASE WHEN linked_id IS NULL THEN 'primary' ELSE 'secondary' END
                """),
        Invariant(
            name: "a secondary is linked to a live primary", idsAre: "contacts",
            query: """
                SELECT id FROM contact
                 WHERE linked_id >= 0 AND deleted_at IS NULL AND NOT EXISTS (
                       SELECT FROM contact AS primary_contact
                        WHERE primary_contact.id = contact.linked_id
                          AND primary_contact.linked_id IS NULL AND primary_contact.deleted_at IS NULL)
                """),
        Invariant(
            name: "a cluster has one primary, and it is the oldest", idsAre: "clusters",
            query: """
                SELECT cluster_id FROM contact WHERE deleted_at IS NULL AND cluster_id > 0
                 GROUP BY cluster_id HAVING count(*) FILTER (WHERE linked_id IS NULL) <> 1 OR min(id) <> cluster_id
                """),
        Invariant(
            name: "a live e-mail is owned exactly once", idsAre: "contacts that hold one:",
            query: """
                SELECT min(id) FROM contact WHERE email IS NOT NULL AND deleted_at IS NULL
                 GROUP BY email HAVING count(*) FILTER (WHERE owns_email) <> 1
                """),
        Invariant(
            name: "a live phone is owned exactly once", idsAre: "contacts that hold one:",
            query: """
                SELECT min(id) FROM contact WHERE phone_key IS NOT NULL AND deleted_at IS NULL
                 GROUP BY phone_key HAVING count(*) FILTER (WHERE owns_phone) <> 1
                """),
        Invariant(
            name: "an e-mail is in one cluster", idsAre: "contacts that hold one:",
            query: """
                SELECT min(id) FROM contact WHERE email IS NOT NULL AND deleted_at IS NULL
                 GROUP BY email HAVING min(cluster_id) <> max(cluster_id)
                """),
        Invariant(
            name: "a phone is in one cluster", idsAre: "contacts that hold one:",
            query: """
                SELECT min(id) FROM contact WHERE phone_key IS NOT NULL AND deleted_at IS NULL
                 GROUP BY phone_key HAVING min(cluster_id) <> max(cluster_id)
                """),
        Invariant(
            name: "the oldest contact that holds an identifier owns it", idsAre: "contacts",
            query: """
                SELECT min(id) FROM contact WHERE email IS NOT NULL AND deleted_at IS NULL
                 GROUP BY email HAVING min(id) FILTER (WHERE owns_email) <> min(id)
                 UNION ALL
                SELECT min(id) FROM contact WHERE phone_key IS NOT NULL AND deleted_at IS NULL
                 GROUP BY phone_key HAVING min(id) FILTER (WHERE owns_phone) <> min(id)
                """),
        Invariant(
            name: "evidence names what somebody owns", idsAre: "evidence",
            query: """
                SELECT id FROM (\(SQL.evidence)) AS evidence
                 WHERE NOT (one IN (\(SQL.owned())) AND other IN (\(SQL.owned())))
                """),
        Invariant(
            name: "evidence that stands ties what one customer owns", idsAre: "evidence",
            query: """
                SELECT id FROM (\(SQL.evidence)) AS evidence
                \(SQL.ownersOfBoth)
                 WHERE NOT is_withdrawn AND (owner.cluster_id <> other_owner.cluster_id OR owner.cluster_id < 0)
                """),
        Invariant(
            name: "evidence is withdrawn if a correction says so, and only then", idsAre: "evidence",
            query: """
                SELECT id FROM (\(SQL.evidence)) AS evidence
                 WHERE is_withdrawn <> (
                       id IN (SELECT unnest(evidence) FROM correction WHERE undone_at IS NULL)
                       OR (one, other) IN (SELECT one, other FROM (\(SQL.keptApart)) AS apart)
                       OR one IN (\(SQL.owned(by: "cluster_id < 0"))) OR other IN (\(SQL.owned(by: "cluster_id < 0"))))
                """),
        Invariant(
            name: "what is kept apart is not one customer's", idsAre: "corrections",
            query: """
                SELECT correction_id FROM (\(SQL.keptApart)) AS apart
                \(SQL.ownersOfBoth)
                 WHERE owner.cluster_id = other_owner.cluster_id
                """),
        Invariant(
            name: "what a contact withholds somebody owns", idsAre: "contacts",
            query: """
                SELECT id FROM (
                       SELECT id, unnest(ARRAY['email ' || withheld_email, 'phone ' || withheld_phone_key])
                              AS identifier
                         FROM written_contact WHERE withheld_email IS NOT NULL OR withheld_phone_key IS NOT NULL) AS withheld
                  LEFT JOIN (\(SQL.owners)) AS owner USING (identifier)
                 WHERE identifier IS NOT NULL AND owner.cluster_id IS NULL
                """),
        Invariant(
            name: "what is disowned is nobody's, and nothing else is", idsAre: "corrections or contacts",
            query: """
                SELECT coalesce(disowned.id, nobodys.id)
                  FROM (SELECT id, coalesce('email ' || email, 'phone ' || phone_key) AS identifier FROM correction
                         WHERE kind = 'disown' AND undone_at IS NULL AND erased_at IS NULL) AS disowned
                  FULL JOIN (SELECT id, coalesce('email ' || email, 'phone ' || phone_key) AS identifier FROM contact
                              WHERE cluster_id < 0 AND deleted_at IS NULL) AS nobodys USING (identifier)
                 WHERE disowned.id IS NULL OR nobodys.id IS NULL
                """),
        Invariant(
            name: "an erased contact holds no identifier", idsAre: "contacts",
            query: """
                SELECT id FROM written_contact
                 WHERE deleted_at IS NOT NULL AND (owns_email OR owns_phone OR num_nonnulls(email, phone_number, phone_key,
                       withheld_email, withheld_phone_number, withheld_phone_key) > 0)
                """),
        Invariant(
            name: "a contact withholds what it does not hold", idsAre: "contacts",
            query: """
                SELECT contact_id FROM withheld LEFT JOIN contact ON id = contact_id
                 WHERE id IS NULL OR contact.email IS NOT NULL AND withheld.email IS NOT NULL
                    OR contact.phone_key IS NOT NULL AND withheld.phone_key IS NOT NULL
                """),
    ]

    /// Pieces of the queries. An identifier is a text there, whatever it is.
    private enum SQL {
        /// identifier, cluster_id
        static let owners = """
            SELECT 'email ' || email AS identifier, cluster_id FROM contact WHERE owns_email AND deleted_at IS NULL
             UNION ALL
            SELECT 'phone ' || phone_key, cluster_id FROM contact WHERE owns_phone AND deleted_at IS NULL
            """

        /// Of `one` and `other`.
        static let ownersOfBoth = """
            JOIN (\(owners)) AS owner ON owner.identifier = one
            JOIN (\(owners)) AS other_owner ON other_owner.identifier = other
            """

        static func owned(by owner: String = "true") -> String {
            "SELECT identifier FROM (\(owners)) AS owner WHERE \(owner)"
        }

        /// id, is_withdrawn, one, other: contacts, which are the evidence of their pairs, and the rest.
        static let evidence = """
            SELECT id, withheld_email IS NOT NULL OR withheld_phone_key IS NOT NULL AS is_withdrawn,
                   'email ' || coalesce(email, withheld_email) AS one,
                   'phone ' || coalesce(phone_key, withheld_phone_key) AS other
              FROM written_contact
             WHERE deleted_at IS NULL AND coalesce(email, withheld_email) IS NOT NULL
               AND coalesce(phone_key, withheld_phone_key) IS NOT NULL
             UNION ALL
            SELECT id, is_withdrawn, coalesce('email ' || email, 'phone ' || phone_key),
                   coalesce('email ' || other_email, 'phone ' || other_phone_key, 'phone ' || phone_key)
              FROM evidence
            """

        /// correction_id, one, other: each pair either way.
        static let keptApart = """
            SELECT correction_id, coalesce('email ' || email, 'phone ' || phone_key) AS one,
                   coalesce('email ' || other_email, 'phone ' || other_phone_key) AS other
              FROM kept_apart WHERE stands
            """
    }

    /// Not broken, as the primary is live, but to be finished: while `identityd erase` is at it, or where it was
    /// interrupted.
    static let halfErased = Invariant(
        name: "half erased; unless identityd erase is running, run it with the id", idsAre: "customers",
        query: """
            SELECT cluster_id FROM contact
             GROUP BY cluster_id HAVING count(deleted_at) NOT IN (0, count(*))
            """)

    /// Checked by `PartitionCheck`, in Swift.
    static let connected = Invariant(
        name: "a cluster is tied together by its evidence", idsAre: "clusters", query: "")

    /// Checked by `Verifier`, in Swift.
    static let readAgain = Invariant(
        name: "this host's libraries read identifiers as those of the host that wrote them", idsAre: "contacts",
        query: "")
}
