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
            name: "a new contact gets an id above all others (if not, run identityd migrate)",
            idsAre: "the newest contact:",
            query: RestoreCheck.sequenceBehind(of: "contact")),
        Invariant(
            name: "a new merge gets an id above all others (if not, run identityd migrate)",
            idsAre: "the newest merge:",
            query: RestoreCheck.sequenceBehind(of: "contact_merge")),
        Invariant(
            name: "no merge is of a transaction still to come (if one is, run identityd migrate)", idsAre: "merges",
            query: RestoreCheck.mergesAhead),
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
                 WHERE linked_id IS NOT NULL AND deleted_at IS NULL AND NOT EXISTS (
                       SELECT FROM contact AS primary_contact
                        WHERE primary_contact.id = contact.linked_id
                          AND primary_contact.linked_id IS NULL AND primary_contact.deleted_at IS NULL)
                """),
        Invariant(
            name: "a cluster has one primary, and it is the oldest", idsAre: "clusters",
            query: """
                SELECT cluster_id FROM contact WHERE deleted_at IS NULL
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
            name: "a contact brings something new", idsAre: "contacts",
            query: """
                SELECT id FROM contact
                 WHERE deleted_at IS NULL AND NOT (owns_email AND email IS NOT NULL)
                   AND NOT (owns_phone AND phone_key IS NOT NULL)
                """),
        Invariant(
            name: "a merge points at two contacts of one cluster", idsAre: "merges",
            query: """
                SELECT contact_merge.id FROM contact_merge
                  LEFT JOIN contact AS older ON older.id = primary_id
                  LEFT JOIN contact AS younger ON younger.id = absorbed_id
                 WHERE older.cluster_id IS DISTINCT FROM younger.cluster_id
                    OR older.id IS NULL OR younger.linked_id IS NULL
                """),
        Invariant(
            name: "an erased contact holds no identifier", idsAre: "contacts",
            query: """
                SELECT id FROM contact
                 WHERE deleted_at IS NOT NULL AND (coalesce(email, phone_number, phone_key) IS NOT NULL
                       OR owns_email OR owns_phone)
                """),
        Invariant(
            name: "a merge of an erased customer holds no identifier", idsAre: "merges",
            query: """
                SELECT contact_merge.id FROM contact_merge JOIN contact ON contact.id = absorbed_id
                 WHERE deleted_at IS NOT NULL
                   AND coalesce(contact_merge.email, contact_merge.phone_number, contact_merge.phone_key) IS NOT NULL
                """),
    ]

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
        name: "a cluster is tied together by its contacts and merges", idsAre: "clusters", query: "")

    /// Checked by `Verifier`, in Swift.
    static let readAgain = Invariant(
        name: "this host's libraries read identifiers as those of the host that wrote them", idsAre: "contacts",
        query: "")
}
