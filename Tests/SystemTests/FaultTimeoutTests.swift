import Foundation
import PostgreSQL
import TestSupport
import Testing

@Suite("Under load, when PostgreSQL takes too long because", .serialized)
struct FaultTimeoutTests {
    let cluster: LentCluster
    let server: RunningServer

    init() throws {
        cluster = try LentCluster()
        server = try RunningServer(["CONNECTIONS": "8", "DATABASE_URL": cluster.url])
    }

    private func connect() throws -> Connection {
        try Connection.test(cluster.url)
    }

    @Test("the table is locked for 3 seconds, requests are refused, and served once it is not")
    func tableLock() throws {
        let load = CustomerLoad(port: server.port, connections: 16)
        usleep(500_000)
        let locker = try connect()
        try locker.run(script: "BEGIN; LOCK TABLE contact IN ACCESS EXCLUSIVE MODE", before: .soon)
        sleep(3)
        try locker.run(script: "COMMIT", before: .soon)
        let free = ContinuousClock.now
        usleep(1_500_000)
        let tally = load.finish()
        try printFigures("the table locked for 3 s", tally, of: server, recovery: tally.recovery(since: free))
        // Each connection had one request under way that waited for its deadline; the next waited for the lock's end.
        #expect(tally.refused.count >= 16)
        #expect(tally.slowest < .seconds(3))
        #expect(tally.recovery(since: free) < .seconds(1))
        try tally.check(cluster.url)
    }

    @Test("an INSERT takes 4 seconds, it is given up on, nothing of it is written, and others are served")
    func slowStatement() throws {
        try cluster.psql(
            """
            CREATE FUNCTION sleep() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(4); RETURN NEW; END';
            CREATE TRIGGER sleep BEFORE INSERT ON contact FOR EACH ROW WHEN (NEW.email LIKE 'slow%')
                EXECUTE FUNCTION sleep()
            """)
        let load = CustomerLoad(port: server.port, connections: 7)
        for number in 0..<3 {
            let begin = ContinuousClock.now
            let answer = try HTTP.post(#"{"email":"slow\#(number)@x.org"}"#, port: server.port)
            #expect(answer.isRefusal, "\(answer)")
            #expect(.now - begin < .seconds(3))
        }
        let tally = load.finish()
        try printFigures("an INSERT that takes 4 s, 3 times: the others", tally, of: server)
        #expect(tally.refused == [])
        #expect(tally.slowest < .seconds(2))
        #expect(try cluster.psql("SELECT count(*) FROM contact WHERE email LIKE 'slow%'") == "0\n")
        try tally.check(cluster.url)
    }

    @Test("statements are cancelled at random, and tried again: no request is refused, and none lost")
    func cancelled() throws {
        let connection = try connect()
        let load = CustomerLoad(port: server.port, connections: 16)
        var random = SeededGenerator(seed: 1)
        var cancelled = 0
        let end = ContinuousClock.now + .seconds(4)
        while ContinuousClock.now < end {
            usleep(UInt32.random(in: 1_000..<10_000, using: &random))
            cancelled += try connection.run(
                script: """
                    SELECT pg_cancel_backend(pid) FROM pg_stat_activity
                     WHERE application_name = 'identityd' AND state <> 'idle' ORDER BY random() LIMIT 1
                    """, before: .soon
            ).count
        }
        let over = ContinuousClock.now
        usleep(500_000)
        let tally = load.finish()
        try printFigures(
            "statements cancelled at random", tally, of: server, recovery: tally.recovery(since: over),
            "\(cancelled) cancelled")
        #expect(cancelled > 10 && tally.refused == [])
        #expect(tally.slowest < .seconds(3))
        try tally.check(cluster.url)
    }
}
