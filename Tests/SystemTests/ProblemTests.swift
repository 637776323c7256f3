import Foundation
import TestSupport
import Testing

@Suite("An error through nginx is problem+json that says what to send", .serialized, .server())
struct ProblemTests {
    let server: RunningServer

    init() throws {
        server = try .current
    }

    @Test(
        "400 for what can't be understood",
        arguments: [
            ("", []), ("{", []), ("[]", []), ("null", []), ("\"a\"", []), ("{}", []), ("{}{}", []),
            (#"{"email":null,"phoneNumber":null}"#, []), (#"{"email":" ","phoneNumber":""}"#, []),
            (#"{"email":"a@b","email":"c@d"}"#, []), (#"{"email":"\ud800@b"}"#, []),
            (#"{"email":"mcfly"}"#, ["email"]), (#"{"email":5}"#, ["email"]), (#"{"email":"a\u0000@b"}"#, ["email"]),
            (#"{"email":"mcfly","phoneNumber":"x"}"#, ["email", "phoneNumber"]),
            (#"{"phoneNumber":"12"}"#, ["phoneNumber"]), (#"{"phoneNumber":-123456}"#, ["phoneNumber"]),
            (#"{"phoneNumber":1e5}"#, ["phoneNumber"]), (#"{"phoneNumber":123456.0}"#, ["phoneNumber"]),
            (#"{"phoneNumber":1234567890123456789012345678901234567890}"#, ["phoneNumber"]),
            (#"{"phoneNumber":true}"#, ["phoneNumber"]), (#"{"phoneNumber":["123456"]}"#, ["phoneNumber"]),
            (#"{"phoneNumber":"123\u0000456"}"#, ["phoneNumber"]),
            (#"{"x":"# + String(repeating: "[", count: 8000) + String(repeating: "]", count: 8000) + "}", []),
        ] as [(String, [String])])
    func badRequest(body: String, fields: [String]) throws {
        try checkProblem(try HTTP.post(body, port: server.port), 400, fields: fields)
    }

    @Test("400 for bytes that are no UTF-8")
    func notUTF8() throws {
        let body = Array(#"{"email":"a@b"#.utf8) + [0xFF, 0xC3] + Array("\"}".utf8)
        let headers = ["Content-Type: application/json", "Content-Length: \(body.count)"]
        try checkProblem(try HTTP.send("POST", "/identify", port: server.port, headers: headers, body: body), 400)
    }

    @Test(
        "400 for a body in UTF-16, 415 for one in gzip, which says what to send",
        arguments: [
            ("iconv -t UTF-16", 400, "UTF-16"), ("gzip", 415, "compressed with gzip"),
        ])
    func otherEncodings(encode: String, status: Int, text: String) throws {
        let send =
            #"echo '{"email":"a@b.c"}' | \#(encode) | "#
            + "curl -s --data-binary @- -H Content-Type:application/json http://127.0.0.1:\(server.port)/identify"
        let answer = try command("/bin/bash", ["-c", send])
        #expect(answer.output.contains(#""status":\#(status)"#))
        #expect(answer.output.contains(text), "\(answer.output)")
    }

    @Test("404 for a path that is none", arguments: ["/", "/identif", "/identify/x", "/health/x", "/%00", "/a@b.c"])
    func notFound(path: String) throws {
        let answer = try HTTP.get(path, port: server.port)
        try checkProblem(answer, path == "/%00" ? 400 : 404)
    }

    @Test("405 with Allow for another method", arguments: ["GET", "PUT", "DELETE", "PATCH", "OPTIONS", "BREW"])
    func methodNotAllowed(method: String) throws {
        let answer = try HTTP.get("/identify", port: server.port, method: method)
        try checkProblem(answer, 405)
        #expect(answer.header("Allow") == "POST")
        let health = try HTTP.post("{}", to: "/health", port: server.port)
        try checkProblem(health, 405)
        #expect(health.header("Allow") == "GET, HEAD")
    }

    @Test("413 for a body over the limit, announced or chunked")
    func tooLarge() throws {
        let body = String(repeating: "x", count: 100_000)
        try checkProblem(try HTTP.post(body, port: server.port), 413)
        let chunked = Array("186A0\r\n\(body)\r\n0\r\n\r\n".utf8)
        let headers = ["Content-Type: application/json", "Transfer-Encoding: chunked"]
        try checkProblem(try HTTP.send("POST", "/identify", port: server.port, headers: headers, body: chunked), 413)
    }

    @Test(
        "415 for a Content-Type that is not JSON",
        arguments: ["text/plain", "application/x-www-form-urlencoded", "application/jsonp", "json"])
    func unsupportedMediaType(type: String) throws {
        let headers = ["Content-Type: \(type)", "Content-Length: 2"]
        try checkProblem(
            try HTTP.send("POST", "/identify", port: server.port, headers: headers, body: Array("{}".utf8)), 415)
    }

    @Test("nginx's own: a request line and headers that are none, or too long")
    func malformedHTTP() throws {
        func exchange(_ text: String) throws -> HTTP.Answer {
            try HTTP.exchange(Array("\(text)\r\nHost: localhost\r\nConnection: close\r\n\r\n".utf8), port: server.port)
        }
        try checkProblem(try exchange("GET / HTTP/1.1\r\nContent-Length: x"), 400)
        try checkProblem(try exchange("GET / HTTP/1.1\r\nX: " + String(repeating: "x", count: 40_000)), 431)
        try checkProblem(try exchange("GET /" + String(repeating: "x", count: 40_000) + " HTTP/1.1"), 414)
    }
}

@Suite("A client that sends too much", .serialized, .server(["RATE": "2"]))
struct RateLimitTests {
    @Test("is told 429 with Retry-After, as problem+json")
    func tooMany() throws {
        let port = try RunningServer.current.port
        let answers = try (0..<260).map { _ in try HTTP.get("/health/live", port: port) }
        let refused = answers.filter { $0.status == 429 }
        #expect(answers.allSatisfy { $0.status == 200 || $0.status == 429 })
        let answer = try #require(refused.first)
        #expect(answer.header("Content-Type") == "application/problem+json")
        #expect(answer.header("Retry-After") == "1")
        #expect(answer.body.contains(#""status":429"#))
    }
}
