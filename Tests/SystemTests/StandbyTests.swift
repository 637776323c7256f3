import Foundation
import TestSupport
import Testing

@Suite("With a hot standby as DATABASE_URL", .serialized)
struct StandbyTests {
    @Test("requests get 503 with the reason and Retry-After, and are served as soon as it is promoted")
    func promoted() throws {
        let cluster = try LentCluster()
        let first = try RunningServer(["CONNECTIONS": "4", "DATABASE_URL": cluster.url])
        #expect(try HTTP.post(#"{"email":"before@x.org"}"#, port: first.port).status == 200)
        first.stop()
        try cluster.addSynchronousStandby()
        defer { try? cluster.control("stop", mode: "immediate", data: "standby") }

        let socket = "\(cluster.directory)/run/identityd.sock"
        let instance = try Script(
            "with-postgres",
            ["env", "DATABASE_URL=\(cluster.standbyURL)", RunningServer.binary, "serve", "--socket", socket],
            environment: ["CONNECTIONS": "4", "ALLOW_ANONYMOUS": "true"])
        defer { instance.stop() }
        try #require(instance.waits(for: #""message":"serving""#), "\(instance.output)")
        func answer(_ method: String, _ path: String) throws -> FastCGIClient.Answer? {
            let client = try FastCGIClient(path: socket)
            let parameters = [("REQUEST_METHOD", method), ("SCRIPT_NAME", path)]
            client.send(FastCGIRecord.request(parameters, body: Array(#"{"email":"before@x.org"}"#.utf8)))
            if case .answer(let answer) = client.reply() { return answer }
            return nil
        }
        for (method, path) in [("POST", "/identify"), ("POST", "/lookup"), ("GET", "/health/ready")] {
            let refused = try #require(try answer(method, path))
            #expect(refused.status == 503 && refused.headers["retry-after"] == "1", "\(path)")
            #expect(refused.text.contains("takes no writes"), "\(refused.text)")
        }
        #expect(try answer("GET", "/health/live")?.status == 200)
        #expect(instance.waits(for: "the server is a standby; promote it"))

        try cluster.promoteStandby()
        #expect(try eventually { try answer("GET", "/health/ready")?.status == 200 })
        #expect(try answer("POST", "/identify")?.text.contains(#""primaryContactId":1,"#) == true)
    }
}
