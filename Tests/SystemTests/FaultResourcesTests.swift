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
        let server = try RunningServer(["CONNECTIONS": "4", "DATABASE_URL": cluster.url])
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
                before: .soon)
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

    @Test("connections for half of the sessions, every request is answered")
    func someConnections() throws {
        try cluster.configure("max_connections = 10")
        let server = try RunningServer(["CONNECTIONS": "8", "DATABASE_URL": cluster.url])
        try cluster.psql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'identityd'")
        let hogs = try (0..<6).map { _ in
            try Connection(
                ConnectionConfiguration(database: cluster.url, applicationName: "hog"), before: .after(.seconds(1)))
        }
        let load = CustomerLoad(port: server.port, connections: 16)
        withExtendedLifetime(hogs) { _ = sleep(4) }
        let tally = load.finish()
        try printFigures("4 connections for 8 sessions", tally, of: server)
        // Its sessions want the connections that are free now.
        server.stop()
        #expect(tally.slowest < .seconds(3))
        try tally.check(cluster.url)
    }

    @Test("predicate locks, because another transaction is long, no answer is wrong, and the log names the setting")
    func predicateLocks() throws {
        // Else PostgreSQL would lock a whole table in place of many rows, and need few locks.
        try cluster.configure(
            "max_connections = 20", "max_pred_locks_per_transaction = 10", "max_pred_locks_per_relation = 10000")
        let server = try RunningServer(["CONNECTIONS": "8", "DATABASE_URL": cluster.url])
        let load = CustomerLoad(port: server.port, connections: 7)
        sleep(1)
        // Those that commit meanwhile must keep their locks until it ends.
        let long = try Connection.test(cluster.url)
        // It may be refused itself.
        let begin = "BEGIN ISOLATION LEVEL SERIALIZABLE; SELECT count(*) FROM change"
        #expect(eventually { (try? long.run(script: begin, before: .soon)) != nil })
        sleep(4)
        try long.run(script: "ROLLBACK", before: .soon)
        let over = ContinuousClock.now
        usleep(1_500_000)
        let tally = load.finish()
        try printFigures("predicate locks used up for 4 s", tally, of: server, recovery: tally.recovery(since: over))
        #expect(tally.slowest < .seconds(3))
        #expect(tally.recovery(since: over) < .seconds(1))
        let warning = "PostgreSQL ran out of predicate locks: raise max_pred_locks_per_transaction"
        #expect(try server.log("identityd.log").contains(warning))
        try tally.check(cluster.url)
    }
}
