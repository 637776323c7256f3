import Foundation
import TestSupport
import Testing

@Suite("Behind PgBouncer", .serialized)
struct PoolerTests {
    let cluster: LentCluster

    init() throws {
        cluster = try LentCluster()
        #expect(try identityd("migrate").status == 0)
    }

    private func identityd(_ arguments: String..., url: String? = nil) throws -> (status: Int32, output: String) {
        try command(
            RunningServer.binary, arguments,
            environment: ["DATABASE_URL": url ?? cluster.url, "ALLOW_ANONYMOUS": "true"])
    }

    /// What another program of the pool gets.
    private func isolation(_ pooler: LentPooler) throws -> Set<Substring> {
        let show = Array(repeating: ["-c", "SHOW default_transaction_isolation"], count: 5).flatMap(\.self)
        let shown = try command("/usr/bin/psql", [pooler.url, "-XAtq"] + show)
        #expect(shown.status == 0)
        return Set(shown.output.split(separator: "\n"))
    }

    @Test(
        "that keeps no sessions, what needs one refuses to start, with the reason, and leaves no setting behind",
        arguments: ["transaction", "statement"])
    func refused(mode: String) throws {
        let pooler = try LentPooler(before: cluster, mode: mode)
        let socket = "/tmp/identityd-pooler-\(getpid()).sock"
        try cluster.run(#"printf 'email,phone\na@x.org,\n' >rows.csv"#)
        for (arguments, status): ([String], Int32) in [
            (["serve", "--socket", socket], 1), (["import", "\(cluster.directory)/rows.csv"], 2), (["erase", "1"], 2),
            (["migrate"], 1),
        ] {
            let refused = try command(
                RunningServer.binary, arguments,
                environment: ["DATABASE_URL": pooler.url, "ALLOW_ANONYMOUS": "true"])
            #expect(refused.status == status)
            #expect(refused.output.contains("set pool_mode = session"), "\(refused.output)")
        }
        #expect(try isolation(pooler) == ["read committed"])
    }

    @Test("that keeps no sessions, it is refused beside the load of others, too", arguments: [1, 4, 20])
    func refusedUnderLoad(size: Int) throws {
        let pooler = try LentPooler(before: cluster, mode: "transaction", size: size)
        try cluster.run(
            """
            echo 'SELECT 1' >load.sql
            (timeout 60 "$(postgres_bin)/pgbench" -n -f load.sql -c 8 -T 60 "\(pooler.url)" >load.log 2>&1 & echo $! >load.pid)
            """)
        defer { _ = try? cluster.run("kill $(<load.pid)") }
        for _ in 0..<5 {
            #expect(try identityd("migrate", url: pooler.url).output.contains("set pool_mode = session"))
        }
    }

    @Test("with pool_mode = session it serves, and what comes after it in the pool finds the defaults")
    func session() throws {
        let pooler = try LentPooler(before: cluster, mode: "session")
        do {
            let server = try RunningServer(["DATABASE_URL": pooler.url, "CONNECTIONS": "6"])
            let load = CustomerLoad(port: server.port, connections: 8)
            usleep(500_000)
            let tally = load.finish()
            #expect(tally.refused == [])
            #expect(tally.answered.count > 20)
            try tally.check(pooler.url)
        }
        #expect(try isolation(pooler) == ["read committed"])
    }
}
