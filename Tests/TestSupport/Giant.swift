import PostgreSQL

extension TestDatabase {
    /// SQL that adds a customer of many contacts, made of merged clusters of ten, as requests would have made it: the
    /// e-mails g0@giant, g1@giant, …; the phone 900000, which most share; and of each merged cluster one of its own, 8000000000
    /// and its number. The answer is the primary's id.
    public static func giant(of contacts: Int) -> String {
        """
        INSERT INTO contact (link_precedence, email, phone_number, phone_key, owns_email, owns_phone)
        VALUES ('primary', 'g0@giant', '900000', '900000', true, true);
        CREATE TEMPORARY TABLE giant ON COMMIT DROP AS SELECT currval('contact_id_seq') AS id;
        INSERT INTO contact (linked_id, link_precedence, email, phone_number, phone_key, owns_email, owns_phone)
        SELECT giant.id, 'secondary', 'g' || n || '@giant', phone, phone, true, n % 10 = 0
          FROM giant, generate_series(1, \(contacts - 1)) AS n,
               LATERAL (SELECT CASE WHEN n % 10 < 5 AND n >= 10 THEN (8000000000 + n - n % 10)::text
                                    ELSE '900000' END AS phone) AS other;
        INSERT INTO evidence (email, phone_number, phone_key)
        SELECT 'g0@giant', phone_number, phone_key
          FROM contact, giant WHERE linked_id = giant.id AND owns_phone ORDER BY contact.id;
        INSERT INTO change (primary_id, other_id)
        SELECT giant.id, contact.id
          FROM contact, giant WHERE linked_id = giant.id AND owns_phone ORDER BY contact.id;
        ANALYZE contact, evidence, change;
        SELECT id FROM giant
        """
    }

    @discardableResult
    public func addGiant(of contacts: Int) throws -> Int64 {
        try run(TestDatabase.giant(of: contacts)).integer(0, 0)!
    }
}
