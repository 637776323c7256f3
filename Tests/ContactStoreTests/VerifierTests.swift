import ContactStore
import TestSupport
import Testing

/// Each invariant is broken by hand, past the constraints, and must be found by its name.
@Suite("The verifier finds")
struct VerifierTests {
    let database: TestDatabase

    init() throws {
        database = try TestDatabase()
        let store = try TestStore(database)
        _ = try store.identify("a@x", "111111")  // 1
        _ = try store.identify("a2@x", "111111")  // 2, of 1
        _ = try store.identify("b@x", "222222")  // 3
        _ = try store.identify("b2@x", "222222")  // 4, of 3
        _ = try store.identify("c@x", "333333")  // 5
        _ = try store.identify("a@x", "333333")  // merges 5 into 1, by evidence 6
        _ = try store.identify("d@x", "444444")  // 7
        _ = try store.identify("e@x", "555555")  // 8
        _ = try store.identify("d@x", "555555")  // merges 8 into 7
        _ = try store.erase(7)
    }

    /// As behind a restore or a crash, or while an import is young.
    @Test("nothing in 80,000 contacts that PostgreSQL has no statistics of, within seconds")
    func withoutStatistics() throws {
        let database = try TestDatabase()
        try database.run(
            """
            ALTER TABLE contact SET (autovacuum_enabled = false);
            INSERT INTO contact (link_precedence, email, phone_number, phone_key, owns_email, owns_phone)
            SELECT 'primary', n || '@x', 1000000 + n, 1000000 + n, true, true FROM generate_series(1, 40000) AS n;
            INSERT INTO contact (linked_id, link_precedence, email, phone_number, phone_key, owns_email, owns_phone)
            SELECT n, 'secondary', 'new' || n || '@x', 1000000 + n, 1000000 + n, true, false
              FROM generate_series(1, 40000) AS n
            """)
        let begin = ContinuousClock.now
        let report = try Verifier(database: database.url).run()
        #expect(report.findings == [])
        #expect(report.clusters == 40_000)
        #expect(ContinuousClock.now - begin < .seconds(30))
    }

    @Test("nothing where all is well")
    func clean() throws {
        let report = try Verifier(database: database.url).run()
        #expect(report.findings == [])
        #expect(report.contacts == 5)
        #expect(report.clusters == 2)
        #expect(report.evidence == 1)
    }

    @Test(
        "what is broken, with ids and without values",
        arguments: [
            ("SELECT 'the index is dropped for every case'", "the owner indexes are in force"),
            ("UPDATE contact SET link_precedence = 'primary' WHERE id = 4", "precedence agrees with the link"),
            ("UPDATE contact SET linked_id = 2 WHERE id = 5", "a secondary is linked to a live primary"),
            ("UPDATE contact SET linked_id = 99 WHERE id = 4", "a secondary is linked to a live primary"),
            ("UPDATE contact SET id = 9 WHERE id = 3", "a cluster has one primary, and it is the oldest"),
            ("UPDATE contact SET owns_email = false WHERE id = 1", "a live e-mail is owned exactly once"),
            ("UPDATE contact SET email = 'a@x' WHERE id = 4", "a live e-mail is owned exactly once"),
            ("UPDATE contact SET owns_phone = true WHERE id = 4", "a live phone is owned exactly once"),
            (
                "UPDATE contact SET email = 'a@x', owns_email = false, owns_phone = true WHERE id = 4",
                "an e-mail is in one cluster"
            ),
            ("UPDATE contact SET phone_key = '222222' WHERE id = 2", "a phone is in one cluster"),
            (
                "UPDATE contact SET owns_phone = (id = 4) WHERE id IN (3, 4)",
                "the oldest contact that holds an identifier owns it"
            ),
            ("DELETE FROM evidence", "a cluster is tied together by its evidence"),
            (
                "UPDATE contact SET linked_id = 1, link_precedence = 'secondary' WHERE id IN (3, 4)",
                "a cluster is tied together by its evidence"
            ),
            ("UPDATE evidence SET phone_number = '777777', phone_key = '777777'", "evidence names what somebody owns"),
            ("UPDATE evidence SET email = 'd@x'", "evidence names what somebody owns"),
            (
                "UPDATE evidence SET phone_number = '222222', phone_key = '222222'",
                "evidence that stands ties what one customer owns"
            ),
            ("UPDATE evidence SET is_withdrawn = true", "evidence is withdrawn if a correction says so, and only then"),
            (
                "INSERT INTO correction (kind, evidence) VALUES ('unlink', '{6}')",
                "evidence is withdrawn if a correction says so, and only then"
            ),
            (
                "INSERT INTO correction (kind, evidence) VALUES ('unlink', '{2}')",
                "evidence is withdrawn if a correction says so, and only then"
            ),
            (
                """
                INSERT INTO kept_apart (correction_id, email, other_phone_number, other_phone_key)
                VALUES (1, 'a@x', '333333', '333333'), (1, 'c@x', '111111', '111111')
                """, "what is kept apart is not one customer's"
            ),
            (
                """
                UPDATE contact SET phone_number = NULL, phone_key = NULL WHERE id = 2;
                INSERT INTO withheld VALUES (2, NULL, '999999', '999999', 'email')
                """, "what a contact withholds somebody owns"
            ),
            (
                "INSERT INTO correction (kind, email) VALUES ('disown', 'z@x')",
                "what is disowned is nobody's, and nothing else is"
            ),
            (
                """
                INSERT INTO contact (id, linked_id, link_precedence, email, owns_email, owns_phone)
                VALUES (10, -10, 'secondary', 'z@x', true, false)
                """, "what is disowned is nobody's, and nothing else is"
            ),
            ("UPDATE contact SET deleted_at = now() WHERE id = 3", "a secondary is linked to a live primary"),
            (
                "UPDATE contact SET deleted_at = NULL, owns_email = true WHERE id = 8",
                "a secondary is linked to a live primary"
            ),
            ("UPDATE contact SET phone_key = '555555' WHERE id = 8", "an erased contact holds no identifier"),
            ("INSERT INTO withheld VALUES (8, 'd@x', NULL, NULL, 'email')", "an erased contact holds no identifier"),
            (
                "INSERT INTO withheld VALUES (99, NULL, NULL, NULL, 'email')",
                "a contact withholds what it does not hold"
            ),
            (
                "INSERT INTO withheld VALUES (1, 'a@x', NULL, NULL, 'email')",
                "a contact withholds what it does not hold"
            ),
        ])
    func broken(sql: String, invariant: String) throws {
        try dropConstraints()
        try database.run(sql)
        let findings = try database.findings()
        #expect(findings.contains { $0.hasPrefix(invariant) }, "\(findings)")
        #expect(!findings.contains { $0.contains("@") || $0.contains("222222") }, "\(findings)")
    }

    @Test("who is half erased, and does not call it broken, though what tied them together is gone")
    func halfErased() throws {
        try database.run("DELETE FROM evidence")
        #expect(try database.findings().count == 1)
        try database.run(
            "UPDATE contact SET email = NULL, phone_number = NULL, phone_key = NULL, owns_email = false, "
                + "owns_phone = false, deleted_at = now() WHERE id = 2")
        let report = try Verifier(database: database.url).run()
        #expect(report.findings == [])
        #expect(report.notes == ["half erased; unless identityd erase is running, run it with the id: customers 1"])
    }

    @Test("many, and lists the first twenty")
    func many() throws {
        try database.run("DELETE FROM evidence; DELETE FROM contact")
        try dropConstraints()
        try database.run(
            "INSERT INTO contact (link_precedence, email, owns_email, owns_phone) "
                + "SELECT 'wrong', n || '@x', true, false FROM generate_series(1, 30) AS n")
        let finding = try #require(try database.findings().first { $0.hasPrefix("precedence agrees") })
        #expect(finding.hasSuffix(", …"))
        #expect(finding.split(separator: ",").count == 21)
    }

    @Test("an empty table well, and a missing one missing")
    func empty() throws {
        #expect(try TestDatabase().findings() == [])
        #expect(throws: SchemaError.missing) { try TestDatabase(migrated: false).findings() }
    }

    private func dropConstraints() throws {
        try database.run(
            """
            DO $$
            DECLARE name text;
            BEGIN
                FOR name IN SELECT conname FROM pg_constraint WHERE contype = 'c' AND conrelid = 'contact'::regclass
                LOOP EXECUTE format('ALTER TABLE contact DROP CONSTRAINT %I', name); END LOOP;
            END $$;
            DROP INDEX IF EXISTS contact_owned_email, contact_owned_phone
            """)
    }
}
