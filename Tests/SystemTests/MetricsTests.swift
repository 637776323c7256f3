import Foundation
import TestSupport
import Testing

@Suite("GET /metrics", .serialized)
struct MetricsTests {
    private func samples(_ server: RunningServer) throws -> [Substring] {
        let answer = try HTTP.get("/metrics", port: server.port)
        #expect(answer.status == 200)
        #expect(answer.header("Content-Type") == "text/plain; version=0.0.4; charset=utf-8")
        return answer.body.split(separator: "\n").filter { !$0.hasPrefix("#") }
    }

    /// Of all samples of a name, of all instances, that hold each of the labels.
    private func sum(_ server: RunningServer, _ name: String, _ labels: String...) throws -> Double {
        try samples(server).filter { sample in
            sample.hasPrefix(name + "{") && labels.allSatisfy(sample.contains)
        }.compactMap { $0.split(separator: " ").last.flatMap { Double($0) } }.reduce(0, +)
    }

    private func processes(_ server: RunningServer) throws -> [String] {
        try samples(server).filter { $0.hasPrefix("identityd_build_info{") }
            .compactMap { $0.firstMatch(of: /process="(.)"/).map { String($0.1) } }.sorted()
    }

    private func post(_ server: RunningServer, _ email: String, _ phone: String) throws {
        _ = try HTTP.post(#"{"email":"\#(email)","phoneNumber":"\#(phone)"}"#, port: server.port)
    }

    @Test("counts every request of all instances, by outcome, and holds no identifier")
    func counts() throws {
        let server = try RunningServer([
            "INSTANCES": "3", "WORKERS": "2", "CONNECTIONS": "3", "MAX_CLUSTER_SIZE": "2",
        ])
        #expect(try eventually { try processes(server) == ["1", "2", "3"] })
        for number in 0..<40 { try post(server, "e\(number)@x.org", "5550\(number)") }
        for (email, phone) in [("e1@x.org", "55501"), ("n@x.org", "55502"), ("e3@x.org", "55504")] {
            try post(server, email, phone)
        }
        try post(server, "test@test.com", "55502")
        try post(server, "m@x.org", "55502")
        try post(server, "test@test.com", "0000000")
        _ = try HTTP.post("{", port: server.port)
        _ = try HTTP.get("/s3cret", port: server.port)

        let name = "identityd_requests_total"
        let identify = #"route="/identify""#
        // The others publish once a second.
        let elsewhere = #"route="other",status="404",outcome="none""#
        #expect(try eventually { try sum(server, name, identify) == 47 && sum(server, name, elsewhere) == 1 })
        for (outcome, status, count) in [
            ("created", 200, 41), ("known", 200, 2), ("linked", 200, 1), ("merged", 200, 1), ("none", 422, 1),
            ("none", 400, 1),
        ] {
            let found = try sum(server, name, identify, #"outcome="\#(outcome)""#, #"status="\#(status)""#)
            #expect(found == Double(count), "\(outcome) \(status)")
        }
        #expect(try sum(server, "identityd_request_duration_seconds_count", identify) == 47)
        #expect(try sum(server, "identityd_request_duration_seconds_bucket", identify, #"le="+Inf""#) == 47)
        let seconds = try sum(server, "identityd_request_duration_seconds_sum", identify)
        #expect(seconds > 0.001 && seconds < 20)
        #expect(try sum(server, "identityd_cluster_contacts_bucket", #"le="1.0""#) == 42)
        #expect(try sum(server, "identityd_cluster_contacts_count") == 45)
        #expect(try sum(server, "identityd_identifiers_ignored_total", #"reason="cluster-too-large""#) == 1)
        #expect(try sum(server, "identityd_identifiers_ignored_total", #"field="email""#) == 2)
        #expect(try sum(server, "identityd_identifiers_ignored_total", #"field="phoneNumber""#) == 2)
        #expect(try eventually { try sum(server, "identityd_workers") == 6 })
        #expect(try eventually { try sum(server, "identityd_database_connections") == 18 })

        let page = try HTTP.get("/metrics", port: server.port).body
        for secret in ["@", "x.org", "5550", "s3cret"] { #expect(!page.contains(secret)) }
        let version = try command(RunningServer.binary, ["--version"]).output.trimmingCharacters(in: .newlines)
        #expect(page.contains(#"identityd_build_info{process="1",version="\#(version)"} 1"#))
        let checked = try command(
            "/bin/bash",
            ["-c", "set -o pipefail; curl -s http://127.0.0.1:\(server.port)/metrics | promtool check metrics"])
        #expect(checked.status == 0)
        #expect(checked.output == "")
        #expect(!(try server.log("access.log").contains("metrics")))
        #expect(!(try server.log("identityd.log").contains("/metrics")))
    }

    @Test("shows who lives: an instance that was added, removed or killed comes and goes, and leaves no file")
    func instances() throws {
        let server = try RunningServer(["INSTANCES": "2", "WORKERS": "2"])
        func files() throws -> [String] {
            try FileManager.default.contentsOfDirectory(atPath: server.stateDirectory + "/run/metrics")
                .filter { $0.hasSuffix(".prom") }.sorted()
        }
        #expect(try eventually { try processes(server) == ["1", "2"] })
        try server.runScript("server", "--add")
        #expect(try eventually { try processes(server) == ["1", "2", "3"] })
        try server.runScript("server", "--remove")
        #expect(try eventually { try files() == ["1.prom", "2.prom"] }, "removed at a clean stop")
        #expect(try processes(server) == ["1", "2"])

        let killed = try server.instances()
        kill(killed[0], SIGKILL)
        #expect(try eventually { try server.instances().count == 2 && server.instances() != killed })
        #expect(try eventually { try processes(server) == ["1", "2"] })
        // What an instance left that no other replaced.
        let dead = server.stateDirectory + "/run/metrics/3.prom"
        try "# HELP old Old.\nold{process=\"3\"} 1\n".write(toFile: dead, atomically: false, encoding: .utf8)
        #expect(try HTTP.get("/metrics", port: server.port).body.contains("# HELP old") == false)
        #expect(!FileManager.default.fileExists(atPath: dead))
    }

    @Test("says that the database is away")
    func databaseAway() throws {
        let server = try RunningServer(["CONNECTIONS": "3"])
        #expect(try eventually { try sum(server, "identityd_database_connections") == 3 })
        let pid = try String(contentsOfFile: server.stateDirectory + "/data/postmaster.pid", encoding: .utf8)
        let postmaster = try #require(pid.split(separator: "\n").first.flatMap { pid_t($0) })
        kill(postmaster, SIGINT)
        let isAway = try eventually {
            // A worker looks after its connection when it had nothing to do for a second.
            usleep(1_200_000)
            return try sum(server, "identityd_database_connections") == 0
        }
        #expect(isAway)
    }

    @Test("is for this machine alone, by nginx, and needs no key")
    func loopback() throws {
        let path = "/tmp/identityd-keys-metrics-\(getpid())"
        defer { try? FileManager.default.removeItem(atPath: path) }
        let new = try command(RunningServer.binary, ["key", "new", "shop"]).output
        let line = try #require(new.firstMatch(of: /line: +(.+)/)).1
        try String(line).write(toFile: path, atomically: true, encoding: .utf8)
        try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: path)
        let server = try RunningServer(["API_KEYS_FILE": path])
        #expect(try samples(server).isEmpty == false)
        for path in ["/metrics", "/metrics/", "/metrics?a=b", "//metrics", "/x/../metrics", "/%6detrics"] {
            let url = "http://127.0.0.1:\(server.port)\(path)"
            let fromElsewhere = ["-sS", "--path-as-is", "--interface", "127.0.0.2", "-w", " %{http_code}", url]
            let other = try command("/usr/bin/curl", fromElsewhere)
            #expect(other.output.hasSuffix(" 403"), "\(path)")
            #expect(
                other.output.contains(
                    #""status":403,"detail":"This path answers only the machine that nginx runs on."#), "\(path)")
        }
        #expect(try HTTP.send("POST", "/metrics", port: server.port, headers: [], body: []).status == 405)
    }
}
