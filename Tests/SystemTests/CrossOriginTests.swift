import Foundation
import TestSupport
import Testing

@Suite("Through nginx, a page of a browser", .serialized, .server(["ALLOWED_ORIGINS": "https://shop.example"]))
struct CrossOriginTests {
    let server: RunningServer

    init() throws {
        server = try .current
    }

    /// As a form or `fetch` of a page sends it without asking first: no Content-Type of ours.
    private func post(_ body: String, to path: String, _ headers: String..., type: String? = nil) throws -> HTTP.Answer
    {
        let lines = ["Content-Length: \(body.utf8.count)"] + (type.map { ["Content-Type: \($0)"] } ?? []) + headers
        return try HTTP.send("POST", path, port: server.port, headers: lines, body: Array(body.utf8))
    }

    private func isKnown(_ email: String) throws -> Bool {
        try HTTP.post(#"{"email":"\#(email)"}"#, to: "/lookup", port: server.port).body.contains(email)
    }

    @Test(
        "elsewhere is refused with 403, and neither erases nor writes",
        arguments: [
            ["Origin: https://evil.example"], ["Origin: null"], ["Sec-Fetch-Site: cross-site"],
            ["Origin: https://evil.example", "Sec-Fetch-Site: cross-site"],
            ["Origin: http://localhost:1", "Sec-Fetch-Site: same-site"],
        ])
    func foreign(headers: [String]) throws {
        let customer = #"{"email":"kept@x.org"}"#
        #expect(try HTTP.post(customer, port: server.port).status == 200)
        for (path, body) in [("/erase", customer), ("/identify", #"{"email":"foreign@x.org"}"#)] {
            let lines = headers + ["Content-Length: \(body.utf8.count)"]
            let answer = try HTTP.send("POST", path, port: server.port, headers: lines, body: Array(body.utf8))
            try checkProblem(answer, 403)
            #expect(answer.body.contains("ALLOWED_ORIGINS"))
            #expect(answer.header("Access-Control-Allow-Origin") == nil)
        }
        #expect(try isKnown("kept@x.org"))
        #expect(try !isKnown("foreign@x.org"))
        for path in ["/contacts/1", "/changes", "/health", "/openapi.json", "/metrics"] {
            let answer = try HTTP.send("GET", path, port: server.port, headers: headers, body: [])
            try checkProblem(answer, 403)
        }
    }

    @Test("of the host itself is served, as a program is, and gets no headers of CORS")
    func own() throws {
        let body = #"{"email":"own@x.org"}"#
        let host = "localhost:\(server.port)"
        let answer = try HTTP.send(
            "POST", "/identify", port: server.port, host: host,
            headers: ["Origin: http://\(host)", "Sec-Fetch-Site: same-origin", "Content-Length: \(body.utf8.count)"],
            body: Array(body.utf8))
        #expect(answer.status == 200)
        #expect(answer.header("Access-Control-Allow-Origin") == nil)
        #expect(answer.headers["vary"] == ["Origin"])
        #expect(try post(body, to: "/identify", "Sec-Fetch-Site: none").status == 200)
    }

    @Test("of an allowed origin is served, and may read the answer, an error as well")
    func allowed() throws {
        let origin = "Origin: https://shop.example"
        let good = try post(#"{"email":"page@x.org"}"#, to: "/identify", origin, "Sec-Fetch-Site: cross-site")
        #expect(good.status == 200)
        let bad = try post("{", to: "/identify", origin, type: "application/json")
        try checkProblem(bad, 400)
        let lost = try HTTP.send("GET", "/nowhere", port: server.port, headers: [origin], body: [])
        try checkProblem(lost, 404)
        for answer in [good, bad, lost] {
            #expect(answer.headers["access-control-allow-origin"] == ["https://shop.example"])
            #expect(answer.headers["access-control-expose-headers"] == ["X-Request-Id, Retry-After"])
            #expect(answer.headers["vary"] == ["Origin"])
        }
    }

    private func ask(_ path: String, _ headers: String...) throws -> HTTP.Answer {
        try HTTP.send("OPTIONS", path, port: server.port, headers: headers, body: [], isChecked: false)
    }

    @Test(
        "of an allowed origin may ask what it may send",
        arguments: [("/identify", "POST"), ("/erase", "POST"), ("/contacts/7", "GET, HEAD"), ("/changes", "GET, HEAD")])
    func preflight(path: String, methods: String) throws {
        let asks = "Access-Control-Request-Method: \(methods.prefix { $0 != "," })"
        let answer = try ask(
            path, "Origin: https://shop.example", asks, "Access-Control-Request-Headers: authorization,content-type")
        #expect(answer.status == 204)
        #expect(answer.body == "")
        #expect(answer.headers["access-control-allow-origin"] == ["https://shop.example"])
        #expect(answer.headers["access-control-allow-methods"] == [methods])
        #expect(answer.headers["access-control-allow-headers"] == ["Authorization, Content-Type, X-Request-Id"])
        #expect(answer.headers["access-control-max-age"] == ["7200"])
        #expect(answer.headers["vary"] == ["Origin"])
        #expect(answer.header("X-Request-Id") != nil)

        try checkProblem(try ask(path, "Origin: https://evil.example", asks), 403)
        try checkProblem(try ask(path, asks), 405)
        try checkProblem(try ask(path, "Origin: https://shop.example"), 405)
        try checkProblem(try ask("/nowhere", "Origin: https://shop.example", asks), 404)
    }

    @Test(
        "that came by another name for this machine is told 421",
        arguments: ["evil.example", "evil.example:8000", "localhost.evil.example", "127.0.0.2", "x"])
    func rebinding(host: String) throws {
        #expect(try HTTP.post(#"{"email":"stays@x.org"}"#, port: server.port).status == 200)
        let body = #"{"email":"stays@x.org"}"#
        let lines = ["Origin: http://\(host)", "Content-Length: \(body.utf8.count)"]
        let answer = try HTTP.send(
            "POST", "/erase", port: server.port, host: host, headers: lines, body: Array(body.utf8))
        try checkProblem(answer, 421)
        #expect(try isKnown("stays@x.org"))
        try checkProblem(
            try HTTP.send("GET", "/metrics", port: server.port, host: host, headers: [], body: []), 421)
    }

    @Test("meets the same rules where keys are in use; it is not asked for one before it may send it")
    func keys() throws {
        let path = "/tmp/identityd-keys-origin-\(getpid())"
        defer { try? FileManager.default.removeItem(atPath: path) }
        let made = try command(RunningServer.binary, ["key", "new", "shop", "--scope", "identify"])
        let lines = made.output.split(separator: "\n").map { $0.split(separator: " ", maxSplits: 1)[1] }
        let (secret, line) = (lines[0], lines[1].trimmingCharacters(in: .whitespaces))
        try line.write(toFile: path, atomically: true, encoding: .utf8)
        try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: path)
        let server = try RunningServer(["API_KEYS_FILE": path, "ALLOWED_ORIGINS": "https://shop.example"])
        func status(_ method: String, _ headers: String...) throws -> Int {
            let body = method == "POST" ? #"{"email":"key@x.org"}"# : ""
            return try HTTP.send(
                method, "/identify", port: server.port, headers: ["Content-Length: \(body.utf8.count)"] + headers,
                body: Array(body.utf8), isChecked: false
            ).status
        }
        let (key, origin) = ("Authorization: Bearer \(secret)", "Origin: https://shop.example")
        #expect(try status("POST", key, "Origin: https://evil.example") == 403)
        #expect(try status("OPTIONS", origin, "Access-Control-Request-Method: POST") == 204)
        #expect(try status("POST", origin) == 401)
        #expect(try status("POST", key, origin) == 200)
    }
}
