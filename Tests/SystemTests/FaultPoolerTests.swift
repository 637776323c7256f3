import Foundation
import TestSupport
import Testing

@Suite("Under load, when PgBouncer", .serialized)
struct FaultPoolerTests {
    let cluster: LentCluster
    let pooler: LentPooler
    let server: RunningServer

    init() throws {
        cluster = try LentCluster()
        pooler = try LentPooler(before: cluster, mode: "session")
        server = try RunningServer(["CONNECTIONS": "8", "DATABASE_URL": pooler.url])
    }

    @Test("restarts, three times, and PostgreSQL behind it once, no answered request is lost")
    func restarts() throws {
        let load = CustomerLoad(port: server.port, connections: 16)
        usleep(700_000)
        try cluster.control("restart", mode: "immediate")
        // PgBouncer looks for it once a second (server_login_retry).
        sleep(2)
        var back = ContinuousClock.now
        for _ in 0..<3 {
            usleep(700_000)
            try pooler.stop()
            usleep(300_000)
            try pooler.start()
            back = .now
        }
        sleep(2)
        let tally = load.finish()
        try printFigures(
            "PgBouncer restarted × 3, PostgreSQL × 1", tally, of: server, recovery: tally.recovery(since: back))
        #expect(tally.refused.count > 0)
        #expect(tally.answered.count > 200)
        #expect(tally.slowest < .seconds(3))
        #expect(tally.recovery(since: back) < .seconds(1))
        try tally.check(cluster.url)
    }
}
