import Foundation
import TestSupport
import Testing

@Suite("Through nginx, what is known is read", .serialized, .server())
struct HistoryTests {
    let server: RunningServer

    init() throws {
        server = try .current
    }

    private func ids(_ answer: HTTP.Answer) throws -> [Int] {
        let contact = try #require(try answer.object()["contact"] as? [String: Any])
        return [try #require(contact["primaryContactId"] as? Int)] + (contact["secondaryContactIds"] as? [Int] ?? [])
    }

    private func identify(_ email: String, _ phone: String) throws -> [Int] {
        try ids(try HTTP.post(#"{"email":"\#(email)","phoneNumber":"\#(phone)"}"#, port: server.port))
    }

    @Test("lookup answers none, one or two customers, and refuses what identify refuses")
    func lookUp() throws {
        let one = try identify("look1@x.org", "8000001")[0]
        let two = try identify("look2@x.org", "8000002")[0]
        func look(_ body: String) throws -> [Int] {
            let answer = try HTTP.post(body, to: "/lookup", port: server.port)
            #expect(answer.status == 200 && answer.header("Cache-Control") == "no-store")
            let contacts = try #require(try answer.object()["contacts"] as? [[String: Any]])
            return contacts.compactMap { $0["primaryContactId"] as? Int }
        }
        #expect(try look(#"{"email":"nobody@x.org"}"#) == [])
        #expect(try look(#"{"email":"nobody@x.org","phoneNumber":8000001}"#) == [one])
        #expect(try look(#"{"email":"look2@x.org","phoneNumber":"800-0001"}"#) == [one, two])
        #expect(try identify("look3@x.org", "8000003")[0] == two + 1)
        for (body, fields) in [("{}", []), ("", []), (#"{"email":"x"}"#, ["email"])] {
            try checkProblem(try HTTP.post(body, to: "/lookup", port: server.port), 400, fields: fields)
        }
        try checkProblem(try HTTP.get("/lookup", port: server.port), 405)
    }

    @Test("a contact is told by any of its ids, with rows and evidence")
    func contact() throws {
        let one = try identify("one@x.org", "8100001")[0]
        let two = try identify("two@x.org", "810-0002")[0]
        _ = try identify("one@x.org", "8100002")
        let answer = try HTTP.get("/contacts/\(two)", port: server.port)
        #expect(answer.status == 200 && answer.header("Cache-Control") == "no-store")
        #expect(try ids(answer) == [one, two])
        let moment = #"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z"#
        let origin = #""client":null,"requestId":"[^"]+""#
        let rows =
            #""rows":\[\{"id":\#(one),"email":"one@x.org","phoneNumber":"8100001","linkPrecedence":"primary","#
            + #""linkedId":null,"createdAt":"\#(moment)",\#(origin)\},\{"id":\#(two),"email":"two@x.org","#
            + #""phoneNumber":"810-0002","linkPrecedence":"secondary","linkedId":\#(one),"createdAt":"\#(moment)",\#(origin)\}\],"#
        func evidence(_ id: String, _ email: String, _ phone: String) -> String {
            #"\{"id":\#(id),"email":"\#(email)","phoneNumber":"\#(phone)","at":"\#(moment)","withdrawn":false,\#(origin)\}"#
        }
        let all = [
            evidence("\(one)", "one@x.org", "8100001"), evidence("\(two)", "two@x.org", "810-0002"),
            evidence(#"\d+"#, "one@x.org", #"8100002","listedPhoneNumber":"810-0002"#),
        ]
        let body = rows + #""evidence":\[\#(all.joined(separator: ","))\],"corrections":\[\]\}$"#
        #expect(answer.body.range(of: body, options: .regularExpression) != nil, "\(answer.body)")
        #expect(answer.header("Link") == "</contacts/\(one)>; rel=\"canonical\"")
        let canonical = try HTTP.get("/contacts/\(one)/", port: server.port)
        #expect(canonical.body == answer.body && canonical.header("Link") == nil)
        let page = try HTTP.get("/contacts/\(one)?after=\(one)&limit=1", port: server.port).object()
        #expect((page["evidence"] as? [[String: Any]])?.map { $0["id"] as? Int } == [two])
        #expect(try HTTP.get("/contacts/\(one)", port: server.port, method: "HEAD").status == 200)
    }

    @Test(
        "404 for an id that was never given out, and for what is none",
        arguments: ["999999", "0", "-1", "9223372036854775808", "1.5", "a@b.c", "{id}"])
    func unknown(id: String) throws {
        try checkProblem(try HTTP.get("/contacts/\(id)", port: server.port), 404)
    }

    @Test("the paths around a contact are none", arguments: ["/contacts", "/contacts/", "/contacts/1/2", "/contact/1"])
    func paths(path: String) throws {
        try checkProblem(try HTTP.get(path, port: server.port), 404)
    }

    @Test("the feed is read page by page")
    func feed() throws {
        for number in 1...4 { _ = try identify("feed\(number)@x.org", "820000\(number)") }
        for number in 2...4 { _ = try identify("feed1@x.org", "820000\(number)") }
        var (absorbed, cursor): ([Int], String?) = ([], nil)
        // It ends with an empty page, long before the 100th.
        for _ in 0..<100 {
            let query = "limit=2" + (cursor.map { "&after=\($0)" } ?? "")
            let page = try HTTP.get("/changes?\(query)", port: server.port).object()
            let changes = try #require(page["changes"] as? [[String: Any]])
            #expect(changes.count <= 2)
            absorbed += changes.compactMap { $0["absorbedContactId"] as? Int }
            cursor = try #require(page["next"] as? String)
            if changes.isEmpty { break }
        }
        let members = try identify("feed1@x.org", "8200001")
        #expect(absorbed.filter(members.contains) == Array(members.dropFirst()))
    }

    @Test(
        "400 for a query that is not understood",
        arguments: [
            ("limit=0", ["limit"]), ("limit=1001", ["limit"]), ("limit=ten", ["limit"]), ("after=1", ["after"]),
            ("after=", ["after"]), ("limit", []), ("limit=1&limit=2", []), ("email=a@x.org", []), ("Limit=1", []),
        ])
    func query(query: String, fields: [String]) throws {
        let answer = try HTTP.get("/changes?\(query)", port: server.port)
        try checkProblem(answer, 400, fields: fields)
        #expect(!answer.body.contains("a@x.org"))
    }

    @Test("410 for the cursor of another database")
    func otherDatabase() throws {
        try checkProblem(
            try HTTP.get("/changes?after=2.3.8c6ad55e-2b41-4a3f-9d1c-5f0b7e9a6c21", port: server.port), 410)
    }
}
