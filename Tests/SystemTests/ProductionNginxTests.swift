import Foundation
import TestSupport
import Testing

/// nginx with the files of the package, before the service of script/server. They are changed only in where they listen
/// and where files are.
@Suite("nginx in production", .serialized)
struct ProductionNginxTests {
    private let server: RunningServer
    private let folder: String
    private let ports: (plain: Port, tls: Port)

    init() throws {
        server = try RunningServer()
        folder = server.stateDirectory + "/production"
        ports = (try Port(), try Port())
        let changes = [
            ("user www-data;", geteuid() == 0 ? "user postgres;" : ""), ("/run/nginx.pid", "\(folder)/pid"),
            ("/var/log/nginx", folder),
            ("include /etc/nginx/modules-enabled/*.conf;", ""),
            ("/etc/nginx/conf.d/*.conf", "\(folder)/identityd.conf"),
            ("http {", "http {\n client_body_temp_path temp;\n fastcgi_temp_path temp;\n"),
            ("listen 80", "listen 127.0.0.1:\(ports.plain.number)"),
            ("listen 443", "listen 127.0.0.1:\(ports.tls.number)"),
            ("/run/identityd/identityd.sock", server.socketPath),
        ]
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let sources = RunningServer.repository.appending(path: "nginx").path
        try FileManager.default.copyItem(atPath: "\(sources)/parts", toPath: "\(folder)/identityd")
        for name in ["nginx.conf", "identityd.conf"] {
            var text = try String(contentsOfFile: "\(sources)/\(name)", encoding: .utf8)
            for (old, new) in changes { text.replace(old, with: new) }
            // Not every machine has IPv6.
            text.replace(#/ *listen \[::\].*\n/#, with: "")
            try text.write(toFile: "\(folder)/\(name)", atomically: true, encoding: .utf8)
        }
    }

    private static let program = "/usr/sbin/nginx"
    private var options: [String] { ["-p", folder, "-c", "nginx.conf", "-e", "stderr"] }

    /// As docs/cluster.md says.
    @Test("takes the upstreams of several hosts in place of its own")
    func severalHosts() throws {
        let path = folder + "/identityd.conf"
        let own = try String(contentsOfFile: path, encoding: .utf8)
        let hosts = RunningServer.repository.appending(path: "nginx/hosts.conf")
        let ports = (try Port(), try Port(), try Port())
        var upstreams = try String(contentsOf: hosts, encoding: .utf8)
        for (name, port) in [("9021", ports.0), ("9022", ports.1), ("9023", ports.2)] {
            upstreams.replace("127.0.0.1:\(name)", with: "127.0.0.1:\(port.number)")
        }
        try (own.replacing(#/(?m)^upstream [^}]*\}\n/#, with: "") + upstreams).write(
            toFile: path, atomically: true, encoding: .utf8)
        let checked = try command(ProductionNginxTests.program, options + ["-t"])
        #expect(
            checked.output.contains("test is successful") && !checked.output.contains("[warn]"), "\(checked.output)")
    }

    @Test("takes the files of the package, answers for its own name alone, and takes as many connections as here")
    func hosts() throws {
        let checked = try command(ProductionNginxTests.program, options + ["-t"])
        #expect(
            checked.output.contains("test is successful") && !checked.output.contains("[warn]"), "\(checked.output)")
        let running = try String(contentsOfFile: server.stateDirectory + "/nginx/nginx.conf", encoding: .utf8)
        let shipped = try String(contentsOfFile: folder + "/nginx.conf", encoding: .utf8)
        for setting in [#/worker_connections [0-9]+;/#, #/worker_rlimit_nofile [0-9]+;/#] {
            #expect(try #require(shipped.firstMatch(of: setting)?.output) == running.firstMatch(of: setting)?.output)
        }

        let nginx = Process()
        nginx.executableURL = URL(filePath: ProductionNginxTests.program)
        nginx.arguments = options + ["-g", "daemon off;"]
        try nginx.run()
        defer {
            nginx.terminate()
            nginx.waitForExit()
        }
        let listens = eventually { (try? HTTP.connect(port: ports.plain.number)).map { close($0) } != nil }
        #expect(listens)
        let body = #"{"email":"production@x.org"}"#
        func status(_ host: String) throws -> Int {
            try HTTP.send(
                "POST", "/identify", port: ports.plain.number, host: host,
                headers: ["Content-Length: \(body.utf8.count)"],
                body: Array(body.utf8)
            ).status
        }
        #expect(try status("identity.example.com") == 200)
        #expect(try status("identity.example.com:80") == 200)
        #expect(try status("evil.example") == 421)
        #expect(try status("127.0.0.1") == 421)
        let tls = try command("/usr/bin/curl", ["-sS", "--insecure", "https://127.0.0.1:\(ports.tls.number)/health"])
        #expect(tls.status == 35 && tls.output.contains("unrecognized name"), "\(tls)")
    }
}
