import Foundation
import TestSupport
import Testing

@Suite("Under load, when PostgreSQL", .serialized)
struct FaultDatabaseTests {
    let cluster: LentCluster
    let server: RunningServer

    init() throws {
        cluster = try LentCluster()
        server = try RunningServer(["CONNECTIONS": "8", "DATABASE_URL": cluster.url])
    }

    @Test("crashes and recovers, three times, no answered request is lost")
    func crashes() throws {
        let load = CustomerLoad(port: server.port, connections: 16)
        var back = ContinuousClock.now
        for _ in 0..<3 {
            usleep(700_000)
            try cluster.control("restart", mode: "immediate")
            back = .now
        }
        usleep(1_500_000)
        let tally = load.finish()
        try printFigures("restart -m immediate × 3", tally, of: server, recovery: tally.recovery(since: back))
        #expect(tally.recovery(since: back) < .seconds(1))
        #expect(tally.slowest < .seconds(3))
        #expect(tally.answered.count > 500)
        try tally.check(cluster.url)
    }

    @Test("is away for 8 seconds, requests are refused within one, and served within one of its return")
    func away() throws {
        let load = CustomerLoad(port: server.port, connections: 16)
        usleep(500_000)
        try cluster.control("stop")
        let before = load.soFar
        sleep(8)
        try cluster.control("start")
        let back = ContinuousClock.now
        let during = load.soFar
        usleep(1_500_000)
        let tally = load.finish()
        try printFigures("away for 8 s", tally, of: server, recovery: tally.recovery(since: back))
        #expect(during.refused.count - before.refused.count > 500)
        #expect(tally.slowestRefusal < .seconds(1))
        #expect(tally.recovery(since: back) < .seconds(1))
        try tally.check(cluster.url)
    }
}
