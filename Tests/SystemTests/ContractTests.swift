import Foundation
import TestSupport
import Testing

@Suite("Through nginx", .serialized, .server())
struct ContractTests {
    let server: RunningServer

    init() throws {
        server = try .current
    }

    @Test("the examples of the task are answered to the letter")
    func examples() throws {
        let first = try HTTP.post(
            #"{"email":"george@hillvalley.edu","phoneNumber":"919191"}"#, port: server.port)
        #expect(first.statusLine == "HTTP/1.1 200 OK")
        #expect(first.header("Content-Type") == "application/json")
        _ = try HTTP.post(#"{"email":"biffsucks@hillvalley.edu","phoneNumber":"717171"}"#, port: server.port)
        let merged = try HTTP.post(#"{"email":"george@hillvalley.edu","phoneNumber":"717171"}"#, port: server.port)
        let (one, two) = try ids(of: merged)
        #expect(
            merged.body
                == #"{"contact":{"primaryContactId":\#(one),"primaryContatctId":\#(one),"#
                + #""emails":["george@hillvalley.edu","biffsucks@hillvalley.edu"],"#
                + #""phoneNumbers":["919191","717171"],"secondaryContactIds":[\#(two)]}}"#)
        #expect(one < two)
    }

    private func ids(of answer: HTTP.Answer) throws -> (Int, Int) {
        let json = try JSONSerialization.jsonObject(with: Data(answer.body.utf8)) as? [String: [String: Any]]
        let contact = try #require(json?["contact"])
        let secondaries = try #require(contact["secondaryContactIds"] as? [Int])
        return (try #require(contact["primaryContactId"] as? Int), try #require(secondaries.first))
    }

    @Test("both paths, a missing Content-Type, and JSON by other names are taken")
    func pathsAndTypes() throws {
        let body = #"{"email":"paths@x.org","phoneNumber":123456}"#
        let answer = try HTTP.post(body, port: server.port).body
        #expect(try HTTP.post(body, to: "/identify/", port: server.port).body == answer)
        #expect(try HTTP.post(body, to: "/identify?source=shop", port: server.port).body == answer)
        for type in ["Application/JSON; charset=utf-8", "application/vnd.shop+json"] {
            let headers = ["Content-Type: \(type)", "Content-Length: \(body.utf8.count)"]
            #expect(try send(body, headers) == answer)
        }
        #expect(try send(body, ["Content-Length: \(body.utf8.count)"]) == answer)
    }

    private func send(_ body: String, _ headers: [String], version: String = "HTTP/1.1") throws -> String {
        try HTTP.send(
            "POST", "/identify", version: version, port: server.port, headers: headers, body: Array(body.utf8)
        ).body
    }

    @Test("an integer and a string are one phone")
    func integerPhone() throws {
        let answer = try HTTP.post(#"{"phoneNumber":5551234}"#, port: server.port)
        #expect(answer.body.contains(#""phoneNumbers":["5551234"]"#))
        #expect(try HTTP.post(#"{"phoneNumber":"555-1234"}"#, port: server.port).body == answer.body)
    }

    @Test("a chunked body is taken")
    func chunked() throws {
        let body = "e\r\n{\"email\":\"chun\r\n8\r\nked@x.y\"\r\n1\r\n}\r\n0\r\n\r\n"
        let answer = try send(body, ["Content-Type: application/json", "Transfer-Encoding: chunked"])
        #expect(answer.contains(#""emails":["chunked@x.y"]"#))
    }

    @Test("HTTP/1.0 is answered")
    func oldHTTP() throws {
        let body = #"{"email":"old@x.org"}"#
        let headers = ["Content-Type: application/json", "Content-Length: \(body.utf8.count)"]
        #expect(try send(body, headers, version: "HTTP/1.0").contains(#""emails":["old@x.org"]"#))
    }

    @Test("a body of 16 KiB is taken, and one byte more is not")
    func limit() throws {
        let start = #"{"email":"limit@x.org","other":""#
        let padding = String(repeating: "x", count: 16 * 1024 - start.utf8.count - 2)
        #expect(try HTTP.post(start + padding + "\"}", port: server.port).status == 200)
        #expect(try HTTP.post(start + padding + "x\"}", port: server.port).status == 413)
    }

    @Test("a sensible X-Request-Id comes back, once, and any other is replaced, in the answer and in both logs")
    func requestID() throws {
        for id in RequestIDExamples.taken {
            let answer = try HTTP.post("{}", port: server.port, headers: ["X-Request-Id: \(id)"])
            #expect(answer.headers["x-request-id"] == [id])
            #expect(answer.body.contains(#""requestId":"\#(id)""#))
        }
        for id in RequestIDExamples.replaced {
            // One answer of the service, one of nginx.
            for path in ["/identify", "/%00"] {
                let answer = try HTTP.post("{}", to: path, port: server.port, headers: ["X-Request-Id: \(id)"])
                let drawn = try #require(answer.headers["x-request-id"])
                #expect(drawn.count == 1 && drawn[0].wholeMatch(of: /[0-9a-f]{32}/) != nil, "\(id)")
                #expect(answer.body.contains(#""requestId":"\#(drawn[0])""#))
            }
        }
        for log in ["access.log", "identityd.log"] {
            func ids() throws -> Set<String> {
                Set(try server.log(log).matches(of: /"request_id":"([^"]*)"/).map { String($0.1) })
            }
            // That of nginx is written once a second.
            #expect(try eventually { try ids().isSuperset(of: RequestIDExamples.taken) }, "\(log)")
            #expect(try ids().isDisjoint(with: RequestIDExamples.replaced), "\(log)")
        }
    }

    @Test("a number has one spelling: digits, with no sign and no zero in front of them")
    func numbers() throws {
        let answer = try HTTP.post(#"{"email":"number@x.org"}"#, port: server.port)
        let id = try #require(answer.body.firstMatch(of: /"primaryContactId":([0-9]+)/)?.1)
        #expect(try HTTP.get("/contacts/\(id)", port: server.port).status == 200)
        for odd in ["+\(id)", "0\(id)", "000\(id)", "-\(id)", "\(id).0", "%2B\(id)", "\(id)e0", "9999999999999999999"] {
            #expect(try HTTP.get("/contacts/\(odd)", port: server.port).status == 404, "\(odd)")
        }
        #expect(try HTTP.get("/changes?limit=5", port: server.port).status == 200)
        for odd in ["limit=+5", "limit=05", "limit=-5", "limit=%2B5", "limit=5.0", "limit="] {
            #expect(try HTTP.get("/changes?\(odd)", port: server.port).status == 400, "\(odd)")
        }
        for odd in ["-\(id)", "\(id).0", "\(id)e0", "0\(id)", "+\(id)", "\"\(id)\"", "-0", "true"] {
            let refused = try HTTP.post(#"{"contactId":\#(odd)}"#, to: "/erase", port: server.port)
            #expect(refused.status == 400, "\(odd)")
        }
        #expect(try HTTP.post(#"{"contactId":\#(id)}"#, to: "/erase", port: server.port).status == 200)
    }

    @Test("health answers GET and HEAD", arguments: ["/health", "/health/live", "/health/ready"])
    func health(path: String) throws {
        let answer = try HTTP.get(path, port: server.port)
        #expect(answer.status == 200)
        #expect(answer.header("Cache-Control") == "no-store")
        let head = try HTTP.exchange(
            Array("HEAD \(path) HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".utf8), port: server.port)
        #expect(head.status == 200)
        #expect(head.body == "")
    }
}
