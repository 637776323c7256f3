import Foundation
import PostgreSQL
import TestSupport
import Testing

@Suite("Under load, when PostgreSQL is short of", .serialized)
struct FaultResourcesTests {
    let cluster: LentCluster

    init() throws {
        cluster = try LentCluster()
    }

    @Test("connections, requests are refused, and served again by itself once there are some")
    func connections() throws {
        try cluster.configure("max_connections = 12")
        let server = try RunningServer(["WORKERS": "4", "DATABASE_URL": cluster.url])
        let load = CustomerLoad(port: server.port, connections: 8)
        usleep(300_000)
        var hogs: [Connection] = []
        let end = ContinuousClock.now + .seconds(3)
        while ContinuousClock.now < end {
            let hog = try? Connection(
                ConnectionConfiguration(database: cluster.url, applicationName: "hog"), before: .after(.seconds(1)))
            if let hog { hogs.append(hog) } else { usleep(20_000) }
            _ = try hogs[0].run(
                script: "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'identityd'",
                before: .after(.seconds(5)))
        }
        hogs = []
        let back = ContinuousClock.now
        usleep(1_500_000)
        let tally = load.finish()
        try printFigures("no connection left", tally, of: server, recovery: tally.recovery(since: back))
        #expect(tally.refused.count > 50)
        #expect(tally.slowest < .seconds(3))
        #expect(tally.recovery(since: back) < .seconds(1))
        try tally.check(cluster.url)
    }

    @Test("predicate locks, no answer is wrong")
    func predicateLocks() throws {
        try cluster.configure(
            "max_connections = 20", "max_pred_locks_per_transaction = 10", "max_pred_locks_per_relation = -2")
        let server = try RunningServer(["WORKERS": "12", "DATABASE_URL": cluster.url])
        let load = CustomerLoad(port: server.port, connections: 32)
        sleep(4)
        let tally = load.finish()
        try printFigures("predicate locks at their least", tally, of: server)
        #expect(tally.answered.count > 100)
        #expect(tally.slowest < .seconds(3))
        try tally.check(cluster.url)
    }
}
