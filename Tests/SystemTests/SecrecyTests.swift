import Foundation
import TestSupport
import Testing

@Suite("Logs", .serialized, .server(["LOG_LEVEL": "trace"]))
struct SecrecyTests {
    let server: RunningServer

    init() throws {
        server = try .current
    }

    @Test("hold a JSON object a line with what operators need, and never an identifier")
    func logs() throws {
        let secrets = ["secret.person@x.org", "5559876543"]
        let body = #"{"email":"\#(secrets[0])","phoneNumber":"\#(secrets[1])"}"#
        let answer = try HTTP.post(body, port: server.port, headers: ["X-Request-Id: log-test"])
        _ = try HTTP.post(body, port: server.port)
        _ = try HTTP.post(#"{"email":"secret.person@x.org@","phoneNumber":"x5559876543"}"#, port: server.port)
        _ = try HTTP.post(body + secrets[0], port: server.port)
        _ = try HTTP.get("/\(secrets[0])?phone=\(secrets[1])", port: server.port)
        _ = try HTTP.get("/identify", port: server.port, method: "X\(secrets[1])")
        _ = try HTTP.post(String(repeating: secrets[0], count: 2000), to: "/identify?\(secrets[0])", port: server.port)
        #expect(answer.status == 200)
        let id = String(try #require(answer.body.firstMatch(of: /"primaryContactId":([0-9]+)/)).1)

        let find = "\"request_id\":\"log-test\""
        #expect(try server.logs(find))
        #expect(try eventually { try server.log("access.log").contains(find) })
        for name in try FileManager.default.contentsOfDirectory(atPath: server.stateDirectory + "/log") {
            let log = try server.log(name)
            #expect(!secrets.contains { log.contains($0) }, "\(name)")
        }

        let line = try #require(try server.log("identityd.log").split(separator: "\n").first { $0.contains(find) })
        let entry = try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
        #expect(entry["method"] as? String == "POST")
        #expect(entry["route"] as? String == "/identify")
        #expect(entry["status"] as? Int == 200)
        #expect(entry["outcome"] as? String == "created")
        #expect(entry["primaries"] as? String == id)
        #expect(entry["retries"] as? Int == 0)
        #expect((entry["milliseconds"] as? Double).map { $0 > 0 && $0 < 5000 } == true)

        for route in ["/lookup", "/erase"] {
            let name = "log-test\(route.replacing("/", with: "-"))"
            _ = try HTTP.post(body, to: route, port: server.port, headers: ["X-Request-Id: \(name)"])
            #expect(try server.logs(#""primaries":"\#(id)","request_id":"\#(name)""#), "\(route)")
        }
        for line in try server.log("access.log").split(separator: "\n") {
            #expect(throws: Never.self) { try JSONSerialization.jsonObject(with: Data(line.utf8)) }
        }
    }
}
