import Foundation
import PostgreSQL
import TestSupport
import Testing

@Suite("At the limits that lie outside", .serialized)
struct LimitTests {
    private func openFiles(_ instance: pid_t) throws -> Int {
        try FileManager.default.contentsOfDirectory(atPath: "/proc/\(instance)/fd").count
    }

    /// As named by `serve` where it is given too few.
    private func needed(connections: Int) throws -> Int {
        let refusal = try command(
            "/bin/bash", ["-c", "ulimit -n 100 && exec \(RunningServer.binary) serve"],
            environment: ["CONNECTIONS": "\(connections)", "ALLOW_ANONYMOUS": "true"]
        ).output
        return try #require(refusal.firstMatch(of: /LimitNOFILE=([0-9]+)/).flatMap { Int($0.1) })
    }

    @Test("an instance with the open files that it asks for takes all it may, and its connections come back")
    func openFiles() throws {
        let connections = 18
        let needed = try needed(connections: connections)
        let program = "/tmp/identityd-limited-\(getpid())"
        defer { for path in [program, program + ".sh"] { try? FileManager.default.removeItem(atPath: path) } }
        try FileManager.default.copyItem(atPath: RunningServer.binary, toPath: program)
        try "#!/bin/sh\nulimit -n \(needed)\nexec \(program) \"$@\"\n"
            .write(toFile: program + ".sh", atomically: true, encoding: .utf8)
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: program + ".sh")
        let server = try RunningServer(["CONNECTIONS": "\(connections)", "BINARY": program + ".sh"])
        let instance = try #require(try server.instances().first)
        let limits = try String(contentsOfFile: "/proc/\(instance)/limits", encoding: .utf8)
        #expect(
            limits.firstMatch(of: /open files +([0-9]+) +([0-9]+)/).map { $0.1 == $0.2 && $0.1 == "\(needed)" } == true)

        // More than it takes: the oldest make room for the newest.
        let clients = try (0..<3200).map { _ in
            let client = try FastCGIClient(path: server.socketPath)
            client.send(
                FastCGIRecord.request(
                    [("REQUEST_METHOD", "GET"), ("SCRIPT_NAME", "/health/live")], keepingConnection: true))
            #expect(client.reply().status == 200)
            return client
        }
        let admin = try Connection.test(server.databaseURL)
        let all = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'identityd'"
        try admin.run(
            script: all.replacing("count(*)", with: "pg_terminate_backend(pid)"), before: .soon)
        // Those that write come back by themselves, the two that read when they are needed.
        #expect(
            try eventually {
                try admin.run(script: all, before: .soon).integer(0, 0)! >= connections - 2
            })
        #expect(try HTTP.get("/health/ready", port: server.port).status == 200)
        let open = try openFiles(instance)
        print("figures: \(open) files open with 3000 connections of the web server and \(connections) of the database")
        #expect(open > 3000 + 2 * (connections - 2) && open <= needed)
        withExtendedLifetime(clients) {}
    }

    @Test("a request may take longer than nginx's 5 seconds where UPSTREAM_TIMEOUT says so, to nginx too")
    func upstreamTimeout() throws {
        let server = try RunningServer(["CONNECTIONS": "3", "REQUEST_DEADLINE": "6000", "UPSTREAM_TIMEOUT": "7000"])
        #expect(try HTTP.post(#"{"email":"locked@x.org"}"#, port: server.port).status == 200)
        let locker = try Connection.test(server.databaseURL)
        try locker.run(
            script: "BEGIN; SELECT * FROM contact WHERE email = 'locked@x.org' FOR UPDATE", before: .soon)
        let begin = ContinuousClock.now
        let answer = try HTTP.post(#"{"email":"locked@x.org","phoneNumber":"5550000"}"#, port: server.port)
        #expect(answer.status == 503)
        #expect(answer.body.contains("The database is busy."), "the service answers, not nginx: \(answer.body)")
        #expect(ContinuousClock.now - begin > .seconds(5))
        try locker.run(script: "ROLLBACK", before: .soon)
    }
}
