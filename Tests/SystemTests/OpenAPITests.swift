import Foundation
import TestSupport
import Testing

@Suite("Through nginx, the OpenAPI document", .serialized, .server())
struct OpenAPITests {
    @Test("is served, and its examples have the shape of real answers")
    func examples() throws {
        let port = try RunningServer.current.port
        let answer = try HTTP.get("/openapi.json", port: port)
        #expect(answer.status == 200 && answer.header("Content-Type") == "application/json")
        let paths = try #require(try answer.object()["paths"] as? [String: Any])

        let first = #"{"email":"a@x.org","phoneNumber":"1111"}"#
        let identified = try HTTP.post(first, port: port)
        _ = try HTTP.post(#"{"email":"b@x.org","phoneNumber":"2222"}"#, port: port)
        _ = try HTTP.post(#"{"email":"a@x.org","phoneNumber":"2222"}"#, port: port)
        let answers = [
            ("/identify", "post", identified), ("/lookup", "post", try HTTP.post(first, to: "/lookup", port: port)),
            ("/contacts/{id}", "get", try HTTP.get("/contacts/1", port: port)),
            ("/changes", "get", try HTTP.get("/changes", port: port)),
            ("/key", "get", try HTTP.get("/key", port: port)),
            ("/health", "get", try HTTP.get("/health", port: port)),
            ("/erase", "post", try HTTP.post(#"{"contactId":1}"#, to: "/erase", port: port)),
        ]
        let report = try HTTP.get("/report", port: port)
        #expect(report.header("Age").flatMap { Int($0) } != nil)
        #expect(try report.object().keys.filter { $0.hasPrefix("ignored") }.count == 2)
        for (path, method, answer) in answers {
            let steps = [path, method, "responses", "200", "content", "application/json", "example"]
            let example = steps.reduce(paths as Any?) { ($0 as? [String: Any])?[$1] }
            // `ignored` comes only where something is blocked.
            let documented = keys(try #require(example)).filter { !$0.hasPrefix("ignored") }
            #expect(keys(try answer.object()) == documented, "\(path)")
        }
    }

    /// `HTTP.send` checks each answer, here as in all tests; these are none of the service's own.
    @Test("has nginx's answers, too")
    func nginx() throws {
        let port = try RunningServer.current.port
        func status(_ path: String, _ header: String, version: String = "HTTP/1.1") throws -> Int {
            try HTTP.send("POST", path, version: version, port: port, headers: [header], body: []).status
        }
        let long = String(repeating: "x", count: 40_000)
        #expect(try status("/identify?\(long)", "X: x") == 414)
        #expect(try status("/identify", "X: \(long)") == 431)
        #expect(try status("/identify", "Transfer-Encoding: gzip") == 501)
        #expect(try status("/identify", "X: x", version: "HTTP/3.0") == 505)
    }

    /// The names of all members, with those that they are in.
    private func keys(_ value: Any, _ prefix: String = "") -> Set<String> {
        switch value {
        case let object as [String: Any]:
            object.reduce(into: []) { $0.formUnion(keys($1.value, prefix + $1.key + ".").union([prefix + $1.key])) }
        case let array as [Any]: array.reduce(into: []) { $0.formUnion(keys($1, prefix)) }
        default: []
        }
    }
}
