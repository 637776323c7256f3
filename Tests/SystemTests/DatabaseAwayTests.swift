import Foundation
import TestSupport
import Testing

@Suite("When the database goes away", .serialized)
struct DatabaseAwayTests {
    let cluster: LentCluster
    let server: RunningServer

    init() throws {
        cluster = try LentCluster()
        server = try RunningServer(["CONNECTIONS": "4", "DATABASE_URL": cluster.url])
    }

    @Test("requests get 503 with Retry-After within a second, and it recovers by itself within a second")
    func away() throws {
        #expect(try HTTP.post(#"{"email":"before@x.org"}"#, port: server.port).status == 200)
        try cluster.control("stop")
        for _ in 0..<10 {
            let start = ContinuousClock.now
            let answer = try HTTP.post(#"{"email":"away@x.org"}"#, port: server.port)
            #expect(answer.status == 503)
            #expect(answer.header("Retry-After") == "1")
            #expect(answer.header("Content-Type") == "application/problem+json")
            #expect(.now - start < .seconds(1))
        }
        #expect(try HTTP.get("/health/ready", port: server.port).status == 503)
        #expect(try HTTP.get("/health", port: server.port).status == 503)
        #expect(try HTTP.get("/health/live", port: server.port).status == 200)

        try cluster.control("start")
        let back = ContinuousClock.now
        #expect(try eventually { try HTTP.get("/health/ready", port: server.port).status == 200 })
        #expect(.now - back < .seconds(1))
        #expect(
            try HTTP.post(#"{"email":"before@x.org"}"#, port: server.port).body.contains(#""secondaryContactIds":[]"#))
    }

    @Test("a follower that waits for changes gets 503 with Retry-After, too, and soon")
    func follower() throws {
        let held = try HeldFollowers(3, of: server)
        try cluster.control("stop")
        let begin = ContinuousClock.now
        for answer in try held.answers() {
            #expect(answer.status == 503 && answer.header("Retry-After") == "1")
            #expect(answer.body.contains("The database can't be reached."), "\(answer.body)")
        }
        #expect(.now - begin < .seconds(5))
        try cluster.control("start")
    }

    @Test("under load, and comes back, every answer is right or a 503 problem, and the contacts are sound")
    func restartUnderLoad() throws {
        let load = CustomerLoad(port: server.port, connections: 8)
        for _ in 0..<3 {
            usleep(300_000)
            try cluster.control("restart")
        }
        usleep(1_000_000)
        try load.finish().check(cluster.url)
    }

    @Test("killed backends are replaced, and their requests answered")
    func killedBackends() throws {
        let load = CustomerLoad(port: server.port, connections: 8)
        for _ in 0..<20 {
            usleep(50_000)
            let sql =
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'identityd' LIMIT 1"
            let result = try command("/usr/bin/psql", [cluster.url, "-c", sql])
            #expect(result.status == 0, "\(result.output)")
        }
        let tally = load.finish()
        #expect(tally.refused == [])
        #expect(tally.answered.count > 50)
        try tally.check(cluster.url)
    }
}
