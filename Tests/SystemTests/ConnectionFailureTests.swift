import Foundation
import PostgreSQL
import TestSupport
import Testing

/// A real situation for each row of `ConnectionFailure`'s tables. Those that need a server with TLS are in `TLSTests`.
@Suite("Without a connection, a command says why, and quotes nothing of where it was to go", .serialized)
struct ConnectionFailureTests {
    let cluster: LentCluster
    private let taken: Port

    private var port: Int { taken.number }
    private var socket: String { "host=\(cluster.directory)/run port=\(port)" }

    init() throws {
        (cluster, taken) = (try LentCluster(), try Port())
        for role in ["password PASSWORD 'right'", "reject", "peer", "full CONNECTION LIMIT 0"] {
            try cluster.psql("CREATE ROLE \(role) LOGIN")
        }
        try cluster.run(
            """
            sed -i '1i local all password scram-sha-256\\nlocal all reject reject\\nlocal all peer peer' data/pg_hba.conf
            sed -i '1i hostssl all tls 127.0.0.1/32 trust\\nhost all tls 127.0.0.1/32 reject' data/pg_hba.conf
            """)
        try cluster.configure("listen_addresses = '127.0.0.1'", "port = \(port)")
    }

    /// What `identityd verify` says, which connects first of all.
    private func reason(_ url: String, _ environment: [String: String] = [:]) throws -> String {
        let result = try command(
            RunningServer.binary, ["verify"], environment: environment.merging(["DATABASE_URL": url]) { $1 })
        #expect(result.status == 2)
        return try reason(in: result.output)
    }

    private func reason(in output: String) throws -> String {
        #expect(!output.contains("Zecret"), "\(output)")
        return String(try #require(output.wholeMatch(of: /identityd: (.*)\n/), "\(output)").output.1)
    }

    @Test("when the server refuses")
    func server() throws {
        let url = "postgresql://password:Zecret%40Zecret@/Zecret?host=\(cluster.directory)/run&port=\(port)"
        #expect(try reason(url) == "the server refuses the password (SQLSTATE 28P01)")
        #expect(
            try reason("\(socket) user=password dbname=Zecret") == "the server asks for a password, and none is given")
        for user in ["reject", "peer", "Zecret"] {
            #expect(
                try reason("\(socket) user=\(user) dbname=postgres").hasPrefix("the server does not let this user in"))
        }
        #expect(
            try reason("\(socket) user=postgres dbname=Zecret") == "the server has no such database (SQLSTATE 3D000)")
        let full = try reason("\(socket) user=full dbname=postgres")
        #expect(full == "the server has no connection left for this user: see max_connections (SQLSTATE 53300)")
        let option = try reason("\(socket) user=postgres dbname=postgres options='-c Zecret=Zecret'")
        #expect(option == "the server refuses or ended the connection; its log says why (SQLSTATE 42704)")
        let standby = try reason("\(socket) user=postgres dbname=postgres target_session_attrs=standby")
        #expect(standby == "no host is the kind of server that target_session_attrs asks for")
        let binding = try reason("\(socket) user=password password=Zecret dbname=postgres channel_binding=require")
        #expect(binding == "the server asks for an authentication that libpq does not carry out")
    }

    @Test("when there is no server, or none can be looked for")
    func unreachable() throws {
        #expect(try reason("postgres://u:Zecret@Zecret.invalid/Zecret") == "the host name can't be resolved")
        let refused = "nothing listens at the host and port"
        #expect(try reason("host=127.0.0.1 port=1 dbname=Zecret") == refused)
        #expect(try reason("host=Zecret.invalid,127.0.0.1 port=1") == "the host name can't be resolved; \(refused)")
        #expect(try reason("host=/tmp/Zecret port=1") == "there is no socket of PostgreSQL's in the host's directory")
        let long = String(repeating: "Zecret", count: 20)
        #expect(try reason("host=/\(long)") == "the path of the server's socket is too long")
        #expect(try reason("host=a,b port=1,2,3") == "hosts, their addresses and their ports are not as many")

        for (url, environment) in [
            ("host=127.0.0.1 sslmode=Zecret", [:]), ("host=127.0.0.1", ["PGPORT": "Zecret"]),
            ("host=127.0.0.1 port=1 keepalives_idle=Zecret", [:]), ("", ["PGTARGETSESSIONATTRS": "Zecret"]),
        ] {
            #expect(try reason(url, environment).hasPrefix("libpq does not take the value of an option"))
        }
        #expect(try reason("service=Zecret") == "the service that PGSERVICE or service= names can't be read")
        #expect(try reason("", ["PGPASSFILE": "/tmp"]).hasPrefix("the password file can be read by others"))
    }

    @Test("when TLS does not come about")
    func tls() throws {
        let url = "host=127.0.0.1 port=\(port) user=tls dbname=Zecret"
        #expect(try reason("\(url) sslmode=require") == "the server offers no TLS, and sslmode asks for it")
        // A client that only prefers TLS goes on without it.
        #expect(try reason("\(url) sslmode=prefer").hasSuffix("(SQLSTATE 28000)"))
    }

    @Test("when its user has no access or no name, or there is no route", .enabled(if: geteuid() == 0))
    func system() throws {
        let program = "\(cluster.directory)/identityd"
        try FileManager.default.copyItem(atPath: RunningServer.binary, toPath: program)
        func reason(_ url: String, under prefix: String) throws -> String {
            let run = "env --unset=HOME --unset=PGUSER DATABASE_URL='\(url)' \(prefix) \(program) verify 2>&1 || true"
            return try self.reason(in: cluster.run(run))
        }
        func user(_ name: Int) -> String { "setpriv --reuid=\(name) --regid=\(name) --clear-groups" }
        #expect(
            try reason("\(socket) dbname=Zecret", under: user(65_534)) == "this user may not use the server's socket")
        let name = "the system's user has no name: name one to PostgreSQL"
        #expect(try reason("host=127.0.0.1 dbname=Zecret", under: user(54_321)) == name)
        #expect(try reason("host=203.0.113.1 dbname=Zecret", under: "unshare --net") == "there is no route to the host")
    }

    private func connect(_ database: String) throws -> Connection {
        try Connection.test(database)
    }

    @Test("when no descriptor is left")
    func descriptors() throws {
        var limit = rlimit()
        getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        var none = rlimit(rlim_cur: 0, rlim_max: limit.rlim_max)
        setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &none)
        defer { setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) }
        let error = #expect(throws: DatabaseError.self) { try connect("\(socket) user=postgres dbname=Zecret") }
        #expect(error?.message == "no descriptor is left: see ulimit -n")
    }

    @Test("when the server shuts down, or drops it")
    func shutdown() throws {
        let session = try connect("\(socket) user=postgres dbname=postgres")
        // A smart shutdown waits for the session.
        try cluster.run("kill -TERM $(head -n 1 data/postmaster.pid)")
        let reason = "the server is starting up or shutting down (SQLSTATE 57P03)"
        #expect(try eventually { try self.reason("\(socket) user=postgres dbname=Zecret") == reason })

        try cluster.run("kill -KILL \(session.announcedBackend)")
        let error = #expect(throws: DatabaseError.self) {
            try session.run(script: "SELECT pg_sleep(10)", before: .soon)
        }
        #expect(error?.message == "the server closed the connection")
    }
}
