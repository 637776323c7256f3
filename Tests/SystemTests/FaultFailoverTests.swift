import Foundation
import TestSupport
import Testing

@Suite("With a synchronous standby", .serialized)
struct FaultFailoverTests {
    @Test("the primary stops, the standby is promoted, and no answered request is missing there")
    func failover() throws {
        let cluster = try LentCluster()
        try cluster.addSynchronousStandby()
        defer { try? cluster.control("stop", mode: "immediate", data: "standby") }

        let host = "\(cluster.directory)/run"
        let url = "host=\(host),\(host) port=5432,5433 user=postgres dbname=postgres target_session_attrs=read-write"
        let server = try RunningServer(["CONNECTIONS": "8", "DATABASE_URL": url])
        let load = CustomerLoad(port: server.port, connections: 16)
        sleep(2)
        try cluster.control("stop", mode: "immediate")
        try cluster.promoteStandby()
        let promoted = ContinuousClock.now
        sleep(2)
        let tally = load.finish()
        try printFigures("failover", tally, of: server, recovery: tally.recovery(since: promoted))
        #expect(tally.recovery(since: promoted) < .seconds(1))
        #expect(tally.slowest < .seconds(3))
        try tally.check(cluster.standbyURL)
    }
}
