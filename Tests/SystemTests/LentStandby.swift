import TestSupport
import Testing

/// A standby beside a lent cluster, in the data directory `standby`. The test that adds one stops it.
extension LentCluster {
    var standbyURL: String { "host=\(directory)/run port=5433 user=postgres dbname=postgres" }

    /// Returns when each COMMIT waits for it.
    func addSynchronousStandby() throws {
        try run(
            """
            own_directories standby
            "${as_owner[@]}" "$(postgres_bin)/pg_basebackup" -h \(directory)/run -p 5432 -U postgres \\
                -D standby -R -X stream -c fast
            cat >>standby/postgresql.auto.conf <<<"port = 5433"
            cat >>standby/postgresql.auto.conf \\
                <<<"primary_conninfo = 'host=\(directory)/run port=5432 user=postgres application_name=standby'"
            """)
        try control("start", data: "standby")
        try psql("ALTER SYSTEM SET synchronous_standby_names = 'standby'")
        try psql("SELECT pg_reload_conf()")
        let isSynchronous = try eventually {
            try psql("SELECT sync_state FROM pg_stat_replication").hasPrefix("sync")
        }
        try #require(isSynchronous)
    }

    func promoteStandby() throws {
        // Else the new primary would wait for a standby, as the old one did.
        try run("cat >>standby/postgresql.auto.conf <<<\"synchronous_standby_names = ''\"")
        try control("promote", data: "standby")
        try control("reload", data: "standby")
    }

    /// Sends a signal to the process that receives WAL: with STOP the standby hangs, with CONT it goes on.
    func signalReceiver(_ signal: String) throws {
        try run("pkill -\(signal) -P \"$(head -n 1 standby/postmaster.pid)\" -f walreceiver")
    }
}
