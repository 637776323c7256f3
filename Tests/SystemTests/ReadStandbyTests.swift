import Foundation
import TestSupport
import Testing

/// An instance that writes to a primary, and may read from its standby.
@Suite("With a standby to read from", .serialized)
struct ReadStandbyTests {
    let cluster: LentCluster
    let server: RunningServer

    /// For a standby to fall behind by.
    private static let maximumLag = 1.0

    init() throws {
        cluster = try LentCluster()
        try cluster.addSynchronousStandby()
        server = try RunningServer([
            "CONNECTIONS": "4", "DATABASE_URL": cluster.url, "READ_DATABASE_URL": cluster.standbyURL,
        ])
        #expect(try post(#"{"email":"known@x.org","phoneNumber":"100001"}"#).status == 200)
        // Until the newest sample is behind that.
        try #require(try isRead())
    }

    private func stop() { try? cluster.control("stop", mode: "immediate", data: "standby") }

    private func post(_ body: String, to path: String = "/identify") throws -> HTTP.Answer {
        try HTTP.post(body, to: path, port: server.port)
    }

    private func lookUp(_ email: String) throws -> HTTP.Answer {
        try post(#"{"email":"\#(email)"}"#, to: "/lookup")
    }

    /// Whether the standby answers, sooner or later.
    private func isRead(_ email: String = "known@x.org") throws -> Bool {
        try eventually { try lookUp(email).header("Age") != nil }
    }

    private func onStandby(_ sql: String) throws {
        try cluster.psql(sql, on: cluster.standbyURL)
    }

    private func reads(_ result: String) throws -> Int {
        // Workers write down what they count once a second.
        usleep(1_200_000)
        let page = try HTTP.get("/metrics", port: server.port).body
        let lines = page.split(separator: "\n").filter {
            $0.hasPrefix("identityd_standby_reads_total{") && $0.contains(#"result="\#(result)""#)
        }
        return try lines.reduce(0) { try $0 + #require(Int($1.split(separator: " ").last!)) }
    }

    @Test("/lookup and /contacts are answered from it, and say how old they may be; /identify is not")
    func answered() throws {
        defer { stop() }
        let before = try reads("answered")
        for _ in 0..<10 {
            let lookup = try lookUp("known@x.org")
            #expect(lookup.status == 200 && lookup.header("Age") == "1", "\(lookup)")
            let contact = try HTTP.get("/contacts/1", port: server.port)
            #expect(contact.status == 200 && contact.header("Age") == "1", "\(contact)")
            let identified = try post(#"{"email":"known@x.org","phoneNumber":"100001"}"#)
            #expect(identified.status == 200 && identified.header("Age") == nil)
        }
        #expect(try reads("answered") - before == 20)
        let metrics = try HTTP.get("/metrics", port: server.port).body
        let lag = try #require(metrics.split(separator: "\n").last { $0.hasPrefix("identityd_standby_lag_seconds{") })
        #expect(try #require(Double(lag.split(separator: " ").last!)) < ReadStandbyTests.maximumLag)
    }

    @Test("what it does not know, the primary is asked for")
    func absent() throws {
        defer { stop() }
        try onStandby("SELECT pg_wal_replay_pause()")
        for number in 0..<4 {
            let created = try post(#"{"email":"new\#(number)@x.org"}"#)
            let id = try #require(created.body.firstMatch(of: #/"primaryContactId":(\d+)/#)?.1)
            let lookup = try lookUp("new\(number)@x.org")
            #expect(lookup.status == 200 && lookup.body.contains(#""primaryContactId":\#(id),"#), "\(lookup)")
            #expect(lookup.header("Age") == nil)
            #expect(try HTTP.get("/contacts/\(id)", port: server.port).status == 200)
        }
        #expect(try HTTP.get("/contacts/999999", port: server.port).status == 404)
        #expect(try reads("absent") >= 2)
        try onStandby("SELECT pg_wal_replay_resume()")
    }

    @Test("where it is further behind than READ_MAX_LAG, the primary answers, until it is not")
    func behind() throws {
        defer { stop() }
        try onStandby("SELECT pg_wal_replay_pause()")
        #expect(try post(#"{"email":"known@x.org","phoneNumber":"100002"}"#).status == 200)
        usleep(1_100_000)
        let lookup = try lookUp("known@x.org")
        #expect(lookup.body.contains("100002") && lookup.header("Age") == nil, "\(lookup)")
        #expect(try reads("behind") > 0)
        try onStandby("SELECT pg_wal_replay_resume()")
        #expect(try isRead())
        #expect(try lookUp("known@x.org").body.contains("100002"))
    }

    @Test("nobody who was erased is answered, however far it is behind")
    func erased() throws {
        defer { stop() }
        for round in 0..<6 {
            let created = try post(#"{"email":"gone\#(round)@x.org"}"#)
            let id = try #require(created.body.firstMatch(of: #/"primaryContactId":(\d+)/#)?.1)
            try #require(try isRead("gone\(round)@x.org"))
            usleep(UInt32(round) * 70_000)
            try onStandby("SELECT pg_wal_replay_pause()")
            #expect(try post(#"{"contactId":\#(id)}"#, to: "/erase").status == 200)
            let lookup = try lookUp("gone\(round)@x.org")
            #expect(lookup.status == 200 && lookup.body.contains(#""contacts":[]"#), "\(lookup)")
            #expect(try HTTP.get("/contacts/\(id)", port: server.port).status == 410)
            try onStandby("SELECT pg_wal_replay_resume()")
        }
    }

    @Test("where it hangs, is gone or is promoted, the primary answers within the deadline")
    func away() throws {
        defer { stop() }
        func checkServed() throws {
            let end = ContinuousClock.now + .seconds(2)
            while ContinuousClock.now < end {
                let begin = ContinuousClock.now
                #expect(try lookUp("known@x.org").status == 200)
                #expect(.now - begin < .seconds(2))
            }
            let last = try lookUp("known@x.org")
            #expect(last.header("Age") == nil, "\(last)")
        }
        let postmaster = try cluster.run("head -n 1 standby/postmaster.pid").dropLast()
        // Also whom it forked.
        try cluster.psql("ALTER SYSTEM SET synchronous_standby_names = ''")
        try cluster.psql("SELECT pg_reload_conf()")
        try cluster.run("kill -STOP \(postmaster) $(pgrep -P \(postmaster))")
        try checkServed()
        try cluster.run("kill -CONT \(postmaster) $(pgrep -P \(postmaster))")
        #expect(try isRead())
        try cluster.control("stop", mode: "immediate", data: "standby")
        try checkServed()
        try cluster.control("start", data: "standby")
        #expect(try isRead())
        try cluster.promoteStandby()
        try checkServed()
        #expect(try reads("unavailable") > 0)
    }

    @Test("export and report read there, once it has all; else from the primary")
    func snapshots() throws {
        defer { stop() }
        func read(_ arguments: String...) throws -> String {
            let result = try command(
                RunningServer.binary, arguments,
                environment: ["DATABASE_URL": cluster.url, "READ_DATABASE_URL": cluster.standbyURL])
            #expect(result.status == 0, "\(result.output)")
            return result.output
        }
        func snapshots() throws -> Int {
            try cluster.run("cat standby/restarted.log").split(separator: "\n")
                .count { $0.contains("statement: BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY") }
        }
        try onStandby("ALTER SYSTEM SET log_statement = 'all'")
        try cluster.control("reload", data: "standby")
        #expect(try post(#"{"email":"last@x.org"}"#).status == 200)
        #expect(try read("export").contains("last@x.org"))
        #expect(try read("export", "--format", "state").contains("last@x.org"))
        #expect(try read("report").contains(#/All customers\n.*\n\s*2\s/#))
        #expect(try HTTP.get("/report", port: server.port).body.contains(#""customers":2"#))
        #expect(try snapshots() == 4)
        try onStandby("SELECT pg_wal_replay_pause()")
        #expect(try post(#"{"email":"later@x.org"}"#).status == 200)
        #expect(try read("export").contains("later@x.org"))
        #expect(try read("report").contains(#/All customers\n.*\n\s*3\s/#))
        #expect(try snapshots() == 4)
        try onStandby("SELECT pg_wal_replay_resume()")
    }

    @Test("another database is never read")
    func other() throws {
        defer { stop() }
        // Not a copy of the same template, which would count as the same.
        let other = try RunningServer([
            "CONNECTIONS": "4", "READ_DATABASE_URL": cluster.standbyURL, "POSTGRES_TEMPLATE": "",
        ])
        let created = try HTTP.post(#"{"email":"here@x.org","phoneNumber":"100009"}"#, port: other.port)
        #expect(created.status == 200)
        usleep(1_500_000)
        let lookup = try HTTP.post(#"{"email":"known@x.org"}"#, to: "/lookup", port: other.port)
        #expect(lookup.body.contains(#""contacts":[]"#) && lookup.header("Age") == nil, "\(lookup)")
    }
}
