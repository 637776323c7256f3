import Foundation
import PostgreSQL
import TestSupport
import Testing

@Suite("What two instances ignored", .serialized)
struct IgnoredTests {
    let server: RunningServer

    init() throws {
        server = try RunningServer(["INSTANCES": "2", "CONNECTIONS": "6"])
    }

    private func run(_ sql: String) throws -> Rows {
        try Connection.test(server.databaseURL).run(script: sql, before: .soon)
    }

    /// Counted today in the database.
    private func total() throws -> Int64 {
        try run("SELECT coalesce(sum(count), 0) FROM ignored WHERE day > now() - interval '2 days'").integer(0, 0)!
    }

    /// Of eight callers at once, `count` orders each whose phone is blocked and one whose e-mail is invalid.
    private func order(_ count: Int) throws {
        try onThreads(8) { [port = server.port] caller in
            let orders = (0..<count).map { #"{"email":"e\#(caller).\#($0)@x.org","phoneNumber":"0000000000"}"# }
            for order in orders + [#"{"email":"n/a","phoneNumber":"5550\#(caller)"}"#] {
                let answer = try HTTP.post(order, port: port)
                #expect(answer.status == 200)
            }
        }
    }

    /// Both, and waits for those that come in their place.
    private func endInstances(_ signal: Int32) throws {
        let ended = try server.instances()
        for instance in ended { kill(instance, signal) }
        #expect(
            try eventually {
                let instances = try server.instances()
                return instances.count == 2 && !instances.contains(where: ended.contains)
            })
    }

    @Test("is added up at SIGTERM, reported for 30 days, and not counted twice when they are killed")
    func counted() throws {
        _ = try run(
            "INSERT INTO ignored VALUES (now() - interval '40 days', 'email', 'blocked', 5000), "
                + "(now() - interval '100 days', 'email', 'blocked', 5000)")
        try order(20)
        try endInstances(SIGTERM)
        #expect(try eventually { try total() == 168 })
        #expect(try run("SELECT FROM ignored WHERE count = 5000").count == 1)

        try order(20)
        try endInstances(SIGKILL)
        // A minute may have ended between.
        let left = try total()
        #expect((168...336).contains(left))
        try order(0)
        try endInstances(SIGTERM)
        #expect(try eventually { try total() == left + 8 })

        let report = try HTTP.get("/report", port: server.port).object()
        let counts = try #require(report["ignored"] as? [[String: Any]])
        #expect(counts.map { $0["field"] as? String } == ["phoneNumber", "email"])
        #expect(counts.map { $0["reason"] as? String } == ["blocked", "invalid"])
        #expect(counts.compactMap { $0["count"] as? Int64 }.reduce(0, +) == left + 8)
        let since = try #require(report["ignoredSince"] as? String)
        let text = try server.identityd("report").output
        #expect(
            text.contains(
                "\nWhat was ignored in requests since \(since)\nfield        reason   count\nphoneNumber  blocked"))
        #expect(!(try server.log("identityd.log").contains("what was ignored can't")))
    }

    @Test("is told in the log where it can't be written, and delays no stop")
    func unwritten() throws {
        _ = try run("ALTER TABLE ignored RENAME TO elsewhere")
        try order(1)
        try endInstances(SIGTERM)
        #expect(try server.logs("what was ignored can't be counted in the database"))
        #expect(try server.log("identityd.log").contains(#""finished":"true""#))
        let log = try server.log("identityd.log")
        for secret in ["@x.org", "0000000000", "5550"] { #expect(!log.contains(secret)) }
    }
}
