import Foundation
import TestSupport
import Testing

@Suite("With a synchronous standby", .serialized)
struct FaultFailoverTests {
    @Test("the primary stops, the standby is promoted, and no answered request is missing there")
    func failover() throws {
        let cluster = try LentCluster()
        try cluster.run(
            """
            own_directories standby
            "${as_owner[@]}" "$(postgres_bin)/pg_basebackup" -h \(cluster.directory)/run -p 5432 -U postgres \\
                -D standby -R -X stream -c fast
            cat >>standby/postgresql.auto.conf <<<"port = 5433"
            cat >>standby/postgresql.auto.conf \\
                <<<"primary_conninfo = 'host=\(cluster.directory)/run port=5432 user=postgres application_name=standby'"
            """)
        try cluster.control("start", data: "standby")
        defer { try? cluster.control("stop", mode: "immediate", data: "standby") }
        try cluster.psql("ALTER SYSTEM SET synchronous_standby_names = 'standby'")
        try cluster.psql("SELECT pg_reload_conf()")
        let isSynchronous = try eventually {
            try cluster.psql("SELECT sync_state FROM pg_stat_replication").hasPrefix("sync")
        }
        #expect(isSynchronous)

        let host = "\(cluster.directory)/run"
        let url = "host=\(host),\(host) port=5432,5433 user=postgres dbname=postgres target_session_attrs=read-write"
        let server = try RunningServer(["WORKERS": "8", "DATABASE_URL": url])
        let load = CustomerLoad(port: server.port, connections: 16)
        sleep(2)
        try cluster.control("stop", mode: "immediate")
        // Else the new primary would wait for a standby, as the old one did.
        try cluster.run("cat >>standby/postgresql.auto.conf <<<\"synchronous_standby_names = ''\"")
        try cluster.control("promote", data: "standby")
        try cluster.control("reload", data: "standby")
        let promoted = ContinuousClock.now
        sleep(2)
        let tally = load.finish()
        try printFigures("failover", tally, of: server, recovery: tally.recovery(since: promoted))
        #expect(tally.recovery(since: promoted) < .seconds(1))
        #expect(tally.slowest < .seconds(3))
        try tally.check("host=\(host) port=5433 user=postgres dbname=postgres")
    }
}
