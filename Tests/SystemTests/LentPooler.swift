import Foundation
import Testing

/// PgBouncer before a lent cluster. Ended with the test.
final class LentPooler {
    private let cluster: LentCluster

    var url: String { "host=\(cluster.directory)/run port=6432 user=postgres dbname=postgres" }

    /// - Parameters:
    ///   - mode: pool_mode.
    ///   - size: Server connections of each user and database.
    init(before cluster: LentCluster, mode: String, size: Int = 20) throws {
        self.cluster = cluster
        try cluster.run(
            """
            echo '"postgres" ""' >run/users.txt
            cat >run/pooler.ini <<END
            [databases]
            * = host=\(cluster.directory)/run port=5432
            [pgbouncer]
            unix_socket_dir = \(cluster.directory)/run
            listen_port = 6432
            auth_type = trust
            admin_users = postgres
            auth_file = \(cluster.directory)/run/users.txt
            pool_mode = \(mode)
            default_pool_size = \(size)
            server_login_retry = 1
            pidfile = \(cluster.directory)/run/pooler.pid
            logfile = \(cluster.directory)/run/pooler.log
            END
            chmod 644 run/users.txt run/pooler.ini
            """)
        try start()
    }

    deinit {
        try? stop()
    }

    func start() throws {
        try cluster.run(
            """
            "${as_owner[@]}" pgbouncer -q -d run/pooler.ini
            until [ -S run/.s.PGSQL.6432 ]; do sleep 0.02; done
            """)
    }

    /// At once: it drops all clients. (By its console, because what tests start has signals blocked.)
    func stop() throws {
        try cluster.run(
            """
            pid=$(<run/pooler.pid)
            psql -Xqc SHUTDOWN "host=$PWD/run port=6432 user=postgres dbname=pgbouncer" >/dev/null 2>&1 || true
            timeout 10 tail --pid=$pid -s 0.02 -f /dev/null
            """)
    }
}
