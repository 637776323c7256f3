import Foundation
import TestSupport
import Testing

@Suite("With API_KEYS_FILE", .serialized)
struct APIKeyTests {
    private let path = "/tmp/identityd-keys-\(getpid())"

    private func newKey(_ name: String, _ scope: String) throws -> (secret: String, line: String) {
        let made = try command(RunningServer.binary, ["key", "new", name, "--scope", scope])
        #expect(made.status == 0)
        let lines = made.output.split(separator: "\n").map { $0.split(separator: " ", maxSplits: 1)[1] }
        return (String(lines[0]), lines[1].trimmingCharacters(in: .whitespaces))
    }

    private func identify(_ server: RunningServer, _ key: String?) throws -> HTTP.Answer {
        let headers = key.map { ["Authorization: Bearer \($0)"] } ?? []
        return try HTTP.post(#"{"email":"key@x.org"}"#, port: server.port, headers: headers)
    }

    @Test("a key is asked for, its scope counts, its name is logged, its secret never, and SIGHUP reads keys anew")
    func keys() throws {
        defer { try? FileManager.default.removeItem(atPath: path) }
        let (shop, reader, later) = (
            try newKey("shop", "identify"), try newKey("reader", "read,admin"), try newKey("later", "identify")
        )
        func write(_ lines: String...) throws {
            try lines.joined(separator: "\n").write(toFile: path, atomically: true, encoding: .utf8)
            try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: path)
        }
        let (read, admin) = (try newKey("only-read", "read"), try newKey("only-admin", "admin"))
        let only = ["read": read.secret, "admin": admin.secret]
        try write(shop.line, reader.line, read.line, admin.line)
        let server = try RunningServer(["API_KEYS_FILE": path])

        #expect(try identify(server, shop.secret).status == 200)
        #expect(try HTTP.get("/health/ready", port: server.port).status == 200)
        let none = try identify(server, nil)
        #expect(none.status == 401)
        #expect(none.header("WWW-Authenticate") == #"Bearer realm="identityd""#)
        #expect(none.header("Content-Type") == "application/problem+json")
        for wrong in ["", "idk_wrong", shop.secret + "x", shop.line] {
            let answer = try identify(server, wrong)
            #expect(answer.status == 401)
            #expect(answer.header("WWW-Authenticate")?.hasPrefix("Bearer ") == true)
        }
        let forbidden = try identify(server, reader.secret)
        #expect(forbidden.status == 403)
        #expect(forbidden.header("WWW-Authenticate")?.contains(#"scope="identify""#) == true)

        let lookUp = try HTTP.post(#"{"email":"key@x.org"}"#, to: "/lookup", port: server.port)
        #expect(lookUp.status == 401)
        for (method, path, scope) in [
            ("POST", "/lookup", "read"), ("GET", "/contacts/1", "read"), ("GET", "/merges", "read"),
            ("POST", "/erase", "admin"),
        ] {
            func status(_ key: String) throws -> Int {
                try HTTP.send(
                    method, path, port: server.port, headers: ["Authorization: Bearer \(key)", "Content-Length: 2"],
                    body: Array("{}".utf8)
                ).status
            }
            #expect(try status(shop.secret) == 403, "\(path)")
            #expect(try status(only[scope]!) != 403, "\(path)")
            for (other, key) in only where other != scope { #expect(try status(key) == 403, "\(path)") }
        }

        try write(later.line)
        for instance in try server.instances() { kill(instance, SIGHUP) }
        #expect(try eventually { try identify(server, later.secret).status == 200 })
        #expect(try identify(server, shop.secret).status == 401)

        try write("nonsense")
        for instance in try server.instances() { kill(instance, SIGHUP) }
        #expect(try eventually { try server.log("identityd.log").contains("keys stay as they were") })
        #expect(try identify(server, later.secret).status == 200)

        let log = try server.log("identityd.log") + server.log("access.log")
        #expect(log.contains(#""client":"shop""#))
        for secret in [shop.secret, reader.secret, later.secret, "nonsense"] { #expect(!log.contains(secret)) }
    }

    @Test("or ALLOW_ANONYMOUS: without either, serve refuses to start and says so")
    func secureByDefault() throws {
        let refused = try command(RunningServer.binary, ["serve", "--socket", "/tmp/never.sock"])
        #expect(refused.status == 1)
        #expect(refused.output.contains("API_KEYS_FILE") && refused.output.contains("ALLOW_ANONYMOUS=true"))
        let missing = try command(
            RunningServer.binary, ["serve", "--socket", "/tmp/never.sock"], environment: ["API_KEYS_FILE": "/nowhere"])
        #expect(missing.status == 1)
        #expect(missing.output.contains("/nowhere can't be read"))
    }
}
