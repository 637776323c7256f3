import Foundation
import PostgreSQL
import TestSupport
import Testing

@Suite("The command line")
struct CommandLineTests {
    private func identityd(_ arguments: String..., environment: [String: String] = [:]) throws -> (Int32, String) {
        try command(RunningServer.binary, arguments, environment: environment)
    }

    @Test("explains itself, each command and each setting")
    func help() throws {
        let (status, output) = try identityd("--help")
        #expect(status == 0)
        for name in ["serve", "migrate", "verify", "import", "export", "erase", "report", "blocklist", "key"] {
            #expect(output.contains("  \(name) "))
            #expect(try identityd(name, "--help").0 == 0)
        }
        #expect(try identityd("serve", "--help").1.contains("REQUEST_DEADLINE (default: 2000)"))
        #expect(try identityd("serv").0 == 64)
    }

    @Test(
        "refuses a bad or unknown setting by name, without its value",
        arguments: [
            ("WORKERS", "many"), ("WORKERS", "0"), ("REQUEST_DEADLINE", "2s"), ("PRIMARY_ID_KEYS", "id"),
            ("DEFAULT_COUNTRY_CODE", "+91"), ("DEFAULT_REGION", "UK"), ("INVALID_IDENTIFIERS", "no"),
            ("LOG_LEVEL", "loud"), ("DATABASE_URL", "postgres:/secret"),
            ("WORKRES", "4"), ("WORKER", "4"), ("IDENTITYD_WORKERS", "4"),
        ])
    func badSetting(name: String, value: String) throws {
        let (status, output) = try identityd("serve", "--socket", "/tmp/never.sock", environment: [name: value])
        #expect(status == 1)
        #expect(output.hasPrefix("identityd: \(name) "), "\(output)")
        #expect(!output.contains("secret"))
    }

    @Test("reads settings from a file, and refuses a name in it that is none")
    func environmentFile() throws {
        let path = "/tmp/identityd-\(getpid()).env"
        defer { try? FileManager.default.removeItem(atPath: path) }
        try "# ours\nWORKERS='0'\n".write(toFile: path, atomically: true, encoding: .utf8)
        #expect(try identityd("verify", "--env-file", path).1.hasPrefix("identityd: WORKERS must be"))
        try "WORKERS=4\nSPEED=high\n".write(toFile: path, atomically: true, encoding: .utf8)
        #expect(try identityd("verify", "--env-file", path).1.hasPrefix("identityd: SPEED is not a setting"))
        #expect(try identityd("verify", "--env-file", "/nowhere").1.contains("/nowhere can't be read"))
    }

    @Test(
        "prints no piece of a password that a URL holds as it is, and says how to write it",
        arguments: [["serve"], ["migrate"], ["verify"], ["import", "-"], ["export"], ["report"]])
    func password(arguments: [String]) throws {
        for password in [
            "Zecret@Piece", "Zecret/Piece", "Zecret@Piece:Word", "Zecret@1/Piece", "Zecret@1:2/Piece", "Zecret%Piece",
        ] {
            let (status, output) = try command(
                RunningServer.binary, arguments,
                environment: ["DATABASE_URL": "postgres://u:\(password)@db.invalid/x", "ALLOW_ANONYMOUS": "true"])
            #expect(status == (["verify", "import"].contains(arguments[0]) ? 2 : 1))
            #expect(output.hasPrefix("identityd: DATABASE_URL must be ") && output.contains("%40"), "\(output)")
            #expect(!output.contains(#/Zecret|Piece|Word/#), "\(output)")
        }
    }

    @Test("prints no piece of a password that could be a host: serve goes on, and its log says what is wrong")
    func passwordAsHost() throws {
        let socket = "/tmp/identityd-host-\(getpid()).sock"
        let run = """
            log=$(mktemp)
            \(RunningServer.binary) serve --socket \(socket) 2>"$log" &
            timeout 20 sh -c "until grep -q resolved '$log'; do sleep 0.05; done"
            kill $!
            wait $!
            cat "$log"
            rm "$log"
            """
        let (_, output) = try command(
            "/bin/bash", ["-c", run],
            environment: ["DATABASE_URL": "postgres://u:Zecret@Piece.invalid", "ALLOW_ANONYMOUS": "true"])
        #expect(output.contains("the database can't be used yet"))
        #expect(output.contains("the host name can't be resolved"))
        #expect(!output.contains(#/Zecret|Piece/#), "\(output)")
    }

    @Test("serve on a TCP socket says that it needs the hosts that may connect, and refuses what are none")
    func webServers() throws {
        let (status, output) = try identityd(
            "serve", "--socket", "127.0.0.1:0", environment: ["ALLOW_ANONYMOUS": "true"])
        #expect(status == 1)
        #expect(output.contains("a TCP socket needs FCGI_WEB_SERVER_ADDRS"))
        let (badStatus, badOutput) = try identityd(
            "serve", "--socket", "127.0.0.1:0",
            environment: ["ALLOW_ANONYMOUS": "true", "FCGI_WEB_SERVER_ADDRS": "10.0.0.0/24"])
        #expect(badStatus == 1)
        #expect(badOutput.contains("FCGI_WEB_SERVER_ADDRS must be IPv4 addresses"))
    }

    @Test("serve without a listening socket says so")
    func noSocket() throws {
        let (status, output) = try identityd("serve", environment: ["ALLOW_ANONYMOUS": "true"])
        #expect(status == 1)
        #expect(output.contains("descriptor 0 is no listening socket"))
    }

    @Test("serve refuses a limit of open files that is too low for its settings, and names the number")
    func tooFewOpenFiles() throws {
        /// What it says; with enough of them, that there is no socket.
        func serve(limit: Int, workers: Int) throws -> String {
            try command(
                "/bin/bash", ["-c", "ulimit -n \(limit) && exec \(RunningServer.binary) serve"],
                environment: ["WORKERS": "\(workers)", "ALLOW_ANONYMOUS": "true"]
            ).output
        }
        let refusal = try serve(limit: 500, workers: 1)
        #expect(
            refusal.hasPrefix("identityd: ulimit -n allows 500 open files, and WORKERS=1 with CONNECTIONS=18 need "))
        let needed = try #require(refusal.firstMatch(of: /LimitNOFILE=([0-9]+)/).flatMap { Int($0.1) })
        #expect(try serve(limit: needed - 1, workers: 1).contains("ulimit -n allows \(needed - 1) open files"))
        #expect(try serve(limit: needed, workers: 1).contains("descriptor 0 is no listening socket"))
        #expect(try serve(limit: needed, workers: 2).contains("ulimit -n allows \(needed) open files"))
    }

    @Test("serve raises the soft limit of open files to the hard one where that is enough")
    func raisesOpenFiles() throws {
        let run = """
            ulimit -Sn 100
            \(RunningServer.binary) serve --socket /tmp/limits-\(getpid()).sock &
            soft() { awk '/open files/ { print $4 }' /proc/$!/limits; }
            for attempt in {1..500}; do
                [[ $(soft) == 100 ]] || break
                sleep 0.02
            done
            echo "soft=$(soft) hard=$(ulimit -Hn)"
            kill $!
            wait $!
            """
        let environment = ["DATABASE_URL": "host=/nowhere", "ALLOW_ANONYMOUS": "true"]
        let output = try command("/bin/bash", ["-c", run], environment: environment).output
        let limits = try #require(output.firstMatch(of: /soft=([0-9]+) hard=([0-9]+)/))
        #expect(limits.1 == limits.2, "\(output)")
    }

    @Test("serve refuses a database that is not migrated, and names the command")
    func notMigrated() throws {
        let database = try TestDatabase(migrated: false)
        let (status, output) = try identityd(
            "serve", "--socket", "/tmp/never-\(getpid()).sock",
            environment: ["DATABASE_URL": database.url, "ALLOW_ANONYMOUS": "true"])
        #expect(status == 1)
        #expect(output.contains("run: identityd migrate"))
    }

    @Test("migrate and verify do what they say, with exit codes to go by")
    func migrateAndVerify() throws {
        let database = try TestDatabase(migrated: false)
        let environment = ["DATABASE_URL": database.url]
        #expect(try identityd("verify", environment: environment).0 == 2)
        #expect(try identityd("migrate", "--dry-run", environment: environment).1.contains("CREATE TABLE contact ("))
        #expect(try identityd("migrate", environment: environment).1.contains("migrating to 1 (contact)"))
        #expect(try identityd("migrate", environment: environment).0 == 0)
        #expect(try identityd("verify", environment: environment).0 == 0)
        try database.run(
            "INSERT INTO contact (linked_id, link_precedence, email, owns_email, owns_phone) "
                + "VALUES (0, 'secondary', 'secret@x', true, false)")
        let (status, output) = try identityd("verify", environment: environment)
        #expect(status == 1)
        #expect(output.contains("a secondary is linked to a live primary: contacts 1"))
        #expect(!output.contains("secret"))
    }
}
