import Foundation
import PostgreSQL
import TestSupport
import Testing

@Suite("Under a load that mostly writes, when PostgreSQL", .serialized)
struct FaultTerminationTests {
    /// Backends that are within a transaction that writes go first: some of them have committed, and only the answer
    /// is lost.
    @Test("ends sessions at random moments, COMMIT among them, every request is done once")
    func terminated() throws {
        let cluster = try LentCluster()
        let server = try RunningServer(["CONNECTIONS": "8", "DATABASE_URL": cluster.url])
        let connection = try Connection.test(cluster.url)
        let load = CustomerLoad(port: server.port, connections: 32)
        var random = SeededGenerator(seed: 1)
        var ended = 0
        let end = ContinuousClock.now + .seconds(6)
        while ContinuousClock.now < end {
            usleep(UInt32.random(in: 5_000..<40_000, using: &random))
            ended += try connection.run(
                script: """
                    SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'identityd'
                     ORDER BY (query = 'COMMIT' AND state = 'active') DESC, backend_xid IS NULL, random() LIMIT 1
                    """, before: .soon
            ).count
        }
        let over = ContinuousClock.now
        usleep(700_000)
        let tally = load.finish()
        try printFigures(
            "sessions ended at random", tally, of: server, recovery: tally.recovery(since: over),
            "\(ended) sessions ended")
        #expect(ended > 100)
        #expect(tally.recovery(since: over) < .seconds(1))
        try tally.check(cluster.url)
    }
}
