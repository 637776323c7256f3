import Foundation
import PostgreSQL
import TestSupport
import Testing

@Suite("Corrections", .serialized)
struct CorrectionTests {
    private let database: TestDatabase
    private let server: RunningServer

    init() throws {
        database = try TestDatabase()
        let cluster = ProcessInfo.processInfo.environment["PGHOST"] ?? ""
        server = try RunningServer(["DATABASE_URL": "host=\(cluster) user=postgres \(database.url)"])
    }

    private func post(_ body: String, to path: String = "/corrections") throws -> HTTP.Answer {
        try HTTP.post(body, to: path, port: server.port)
    }

    @Test("that don't apply are refused with what to send instead, and change nothing")
    func refused() throws {
        for (email, phone) in [
            ("a@x.org", "111111"), ("b@x.org", "222222"), ("a@x.org", "222222"), ("b@x.org", "111111"),
            ("gone@x.org", "555555"),
        ] {
            #expect(try post(#"{"email":"\#(email)","phoneNumber":"\#(phone)"}"#, to: "/identify").status == 200)
        }
        #expect(try post(#"{"email":"gone@x.org"}"#, to: "/erase").body == #"{"erasedContactIds":[5]}"#)
        let before = try database.everything()

        let note = String(repeating: "é", count: 251)
        let ab = #""email":"a@x.org","phoneNumber":"222222""#
        let refusals: [(String, Int, String)] = [
            ("{}", 400, "must be one of unlink, keep-apart, disown, trust"),
            (#"{"kind":"merge",\#(ab)}"#, 400, "must be one of unlink, keep-apart, disown, trust"),
            (#"{"kind":"unlink","email":"a@x.org"}"#, 400, "needs email and phoneNumber, or evidence, or all three"),
            (#"{"kind":"unlink",\#(ab),"note":"\#(note)"}"#, 400, "must be a text of at most 500 bytes"),
            (#"{"kind":"unlink",\#(ab),"dryrun":true}"#, 400, "a member that this path does not know"),
            (#"{"kind":"unlink",\#(ab),"dryRun":"yes"}"#, 400, "must be true or false"),
            (#"{"kind":"unlink",\#(ab),"evidence":["3"]}"#, 400, "must be an array of at most 1000 ids"),
            (#"{"kind":"unlink","email":"broken","phoneNumber":"222222"}"#, 400, "email needs one @"),
            (#"{"kind":"keep-apart","contactIds":[1]}"#, 400, "must name two contacts"),
            (#"{"kind":"disown",\#(ab)}"#, 400, "needs either email or phoneNumber, and nothing else"),
            (#"{"kind":"unlink","email":"nobody@x.org","phoneNumber":"222222"}"#, 404, "There is no such email"),
            (#"{"kind":"unlink","evidence":[999]}"#, 404, "There is no such evidence"),
            (#"{"kind":"disown","phoneNumber":"999999"}"#, 404, "There is no such phoneNumber"),
            (#"{"kind":"keep-apart","contactIds":[1,999]}"#, 404, "There is no such contact"),
            (#"{"kind":"keep-apart","contactIds":[1,5]}"#, 410, "was erased"),
            (#"{"kind":"keep-apart","contactIds":[1,1]}"#, 409, "tag:identityd.invalid,2026:does-not-apply"),
            (#"{"kind":"unlink",\#(ab)}"#, 409, #""path":[1,4,2],"cut":[1]"#),
        ]
        for (body, status, text) in refusals {
            let answer = try post(body)
            #expect(answer.status == status && answer.body.contains(text), "\(body): \(answer.status) \(answer.body)")
            #expect(answer.header("Content-Type") == "application/problem+json")
        }
        for (body, status, text) in [
            ("{}", 400, "must name a correction"), (#"{"ids":[]}"#, 400, "must name a correction"),
            (#"{"ids":"1"}"#, 400, "must be an array of at most 100 ids"),
            (#"{"ids":[999]}"#, 404, "no such correction"),
        ] {
            let answer = try post(body, to: "/corrections/undo")
            #expect(answer.status == status && answer.body.contains(text), "\(body): \(answer.status) \(answer.body)")
        }
        #expect(try database.everything() == before)
        #expect(try HTTP.get("/corrections", port: server.port).body == #"{"corrections":[]}"#)
    }

    @Test("that erasing has emptied are gone, and say so")
    func erased() throws {
        let pair = #""email":"a@x.org","phoneNumber":"111111""#
        #expect(try post("{\(pair)}", to: "/identify").status == 200)
        #expect(try post(#"{"kind":"unlink",\#(pair),"note":"a secret"}"#).status == 200)
        #expect(try post(#"{"email":"a@x.org"}"#, to: "/erase").status == 200)
        #expect(try post(#"{"ids":[1]}"#, to: "/corrections/undo").status == 410)
        let list = try HTTP.get("/corrections", port: server.port).body
        #expect(list.contains(#""erased":true"#) && !list.contains("secret") && !list.contains("x.org"))
        #expect(try server.logs(#""correction":"unlink""#))
        let log = try server.log("identityd.log")
        #expect(!log.contains("secret") && !log.contains("x.org") && !log.contains("111111"))
    }

    /// Between the two that are to be parted there are 499 ways of three, so the smallest cut has as many pieces.
    @Test("of a customer of 1,000 contacts, their path and their cut are answered within 500 ms")
    func large() throws {
        try database.run(
            """
            INSERT INTO contact (linked_id, link_precedence, email, phone_number, phone_key, owns_email, owns_phone)
            VALUES (NULL, 'primary', 's@x.org', '900000', '900000', true, true);
            UPDATE contact SET phone_number = '100001', phone_key = '100001';
            INSERT INTO contact (linked_id, link_precedence, email, phone_number, phone_key, owns_email, owns_phone)
            SELECT 1, 'secondary', 's@x.org', 100000 + n, 100000 + n, false, true FROM generate_series(2, 499) AS n;
            INSERT INTO contact (linked_id, link_precedence, email, phone_number, phone_key, owns_email, owns_phone)
            SELECT 1, 'secondary', 'e' || n || '@x.org', 100000 + n, 100000 + n, true, false FROM generate_series(1, 499) AS n;
            INSERT INTO contact (linked_id, link_precedence, email, phone_number, phone_key, owns_email, owns_phone)
            VALUES (1, 'secondary', 'e1@x.org', '900000', '900000', false, true);
            INSERT INTO evidence (email, phone_number, phone_key)
            SELECT 'e' || n || '@x.org', '900000', '900000' FROM generate_series(2, 499) AS n;
            ANALYZE contact, evidence
            """)
        func timed(_ body: String, to path: String = "/corrections") throws -> HTTP.Answer {
            let begin = ContinuousClock.now
            let answer = try HTTP.post(body, to: path, port: server.port, isChecked: false)
            #expect(ContinuousClock.now - begin < .milliseconds(500), "\(body.prefix(80))")
            return answer
        }
        let pair = #""kind":"unlink","email":"s@x.org","phoneNumber":"900000""#
        let refusal = try timed("{\(pair)}")
        #expect(refusal.status == 409)
        let cut = try #require(refusal.body.firstMatch(of: #/"path":\[\d+,\d+,\d+\],"cut":\[([\d,]+)\]/#)).1
        #expect(cut.split(separator: ",").count == 499)

        let correction = #"{\#(pair),"evidence":[\#(cut)]"#
        #expect(try timed(correction + #","dryRun":true}"#).status == 200)
        #expect(try timed(correction + "}").status == 200)
        #expect(try timed(#"{"ids":[1]}"#, to: "/corrections/undo").status == 200)
        #expect(try timed(#"{"kind":"disown","phoneNumber":"900000"}"#).status == 200)
        #expect(try database.findings() == [])
    }
}
