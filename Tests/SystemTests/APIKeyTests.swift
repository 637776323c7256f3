import Foundation
import TestSupport
import Testing

@Suite("With API_KEYS_FILE", .serialized)
struct APIKeyTests {
    private let path = "/tmp/identityd-keys-\(getpid())"

    private func newKey(
        _ name: String, _ scopes: String..., options: [String] = []
    ) throws -> (secret: String, line: String) {
        let scopes = scopes.flatMap { ["--scope", $0] }
        let made = try command(RunningServer.binary, ["key", "new", name] + scopes + options)
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
        let correct = try newKey("only-correct", "correct")
        let only = ["read": read.secret, "correct": correct.secret, "admin": admin.secret]
        try write(shop.line, reader.line, read.line, correct.line, admin.line)
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
            ("POST", "/lookup", "read"), ("GET", "/contacts/1", "read"), ("GET", "/changes", "read"),
            ("GET", "/corrections", "read"), ("GET", "/report", "read"), ("POST", "/corrections", "correct"),
            ("POST", "/corrections/undo", "correct"),
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
            // Who may correct may read.
            for (other, key) in only where other != scope && (other, scope) != ("correct", "read") {
                #expect(try status(key) == 403, "\(path)")
            }
        }

        func key(_ key: String?) throws -> HTTP.Answer {
            let headers = key.map { ["Authorization: Bearer \($0)"] } ?? []
            return try HTTP.send("GET", "/key", port: server.port, headers: headers, body: [])
        }
        #expect(try key(shop.secret).body == #"{"name":"shop","scopes":["identify"]}"#)
        #expect(try key(reader.secret).body == #"{"name":"reader","scopes":["read","admin"]}"#)
        #expect(try key(correct.secret).body == #"{"name":"only-correct","scopes":["read","correct"]}"#)
        #expect(try key(nil).status == 401)
        #expect(try key("idk_wrong").status == 401)

        try write(later.line)
        for instance in try server.instances() { kill(instance, SIGHUP) }
        #expect(try eventually { try identify(server, later.secret).status == 200 })
        #expect(try identify(server, shop.secret).status == 401)

        for (wrong, mode, reason) in [
            ("nonsense", 0o644, "line 1 is not: name"), ("# nobody any more", 0o644, "it holds no keys"),
            (later.line, 0o664, "can be written by other users: chmod go-w it"),
        ] {
            try write(wrong)
            try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
            for instance in try server.instances() { kill(instance, SIGHUP) }
            #expect(
                try eventually {
                    try server.log("identityd.log").split(separator: "\n").contains {
                        $0.contains("keys stay as they were") && $0.contains(reason)
                    }
                })
            #expect(try identify(server, later.secret).status == 200)
        }

        #expect(try server.logs(#""client":"shop""#))
        let log = try server.log("identityd.log") + server.log("access.log")
        for secret in [shop.secret, reader.secret, later.secret, "nonsense"] { #expect(!log.contains(secret)) }
    }

    @Test("a key above its limit gets 429 with Retry-After, until it has waited; others are served")
    func limit() throws {
        defer { try? FileManager.default.removeItem(atPath: path) }
        let (slow, other) = (try newKey("slow", options: ["--limit", "3"]), try newKey("other", "identify"))
        #expect(
            try command(RunningServer.binary, ["key", "new", "none", "--limit", "0"]).output.contains("1 to 1000000"))
        try "\(slow.line)\n\(other.line)".write(toFile: path, atomically: true, encoding: .utf8)
        try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: path)
        let server = try RunningServer(["API_KEYS_FILE": path, "INSTANCES": "1"])
        let answers = try (0..<30).map { _ in try identify(server, slow.secret) }
        #expect(answers.prefix(3).allSatisfy { $0.status == 200 })
        let refused = answers.filter { $0.status != 200 }
        #expect(refused.count > 1)
        for answer in refused {
            #expect(answer.status == 429 && answer.header("Retry-After") == "1", "\(answer)")
            #expect(answer.body.contains("3 requests a second"))
        }
        for _ in 0..<10 { #expect(try identify(server, other.secret).status == 200) }
        sleep(1)
        #expect(try identify(server, slow.secret).status == 200)
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

    @Test("that is empty, holds a key twice, or can be written by others, serve refuses to start and says what to do")
    func unsafeFiles() throws {
        defer { try? FileManager.default.removeItem(atPath: path) }
        let line = try newKey("shop", "identify").line
        let twin = line.replacing("shop", with: "twin")
        var wrong: [(text: String, mode: Int, owner: UInt32, reason: String)] = [
            ("", 0o600, geteuid(), "API_KEYS_FILE can't be used: it holds no keys"),
            ("# \(line)\n", 0o600, geteuid(), "API_KEYS_FILE can't be used: it holds no keys"),
            (
                "\(line)\n\(twin)", 0o600, geteuid(),
                "API_KEYS_FILE can't be used: line 2 has a digest that is there already"
            ),
            (
                "\(line)\n\(line)", 0o600, geteuid(),
                "API_KEYS_FILE can't be used: line 2 has a name that is there already"
            ),
            (line, 0o620, geteuid(), "\(path) can be written by other users: chmod go-w it"),
            (line, 0o602, geteuid(), "\(path) can be written by other users: chmod go-w it"),
        ]
        if geteuid() == 0 { wrong.append((line, 0o600, 1, "\(path) belongs to neither root nor the user")) }
        for (text, mode, owner, reason) in wrong {
            try text.write(toFile: path, atomically: true, encoding: .utf8)
            try #require(chmod(path, mode_t(mode)) == 0 && chown(path, owner, gid_t.max) == 0)
            let refused = try command(
                RunningServer.binary, ["serve", "--socket", "/tmp/never.sock"], environment: ["API_KEYS_FILE": path])
            #expect(refused.status == 1)
            #expect(refused.output.hasPrefix("identityd: \(reason)"), "\(refused.output)")
        }
    }

    @Test("a key has all the scopes that it is made with, in one word or in several; without any, identify")
    func scopes() throws {
        #expect(try newKey("a", "identify", "read").line.hasPrefix("a identify,read sha256:"))
        #expect(try newKey("a", "admin,read", "identify").line.hasPrefix("a identify,read,admin sha256:"))
        #expect(try newKey("a").line.hasPrefix("a identify sha256:"))
    }

    /// Behind one socket a caller reaches one instance or the other, as chance will have it.
    @Test("an instance does not start beside one that serves without keys on the same socket, nor the other way round")
    func oneSocket() throws {
        defer { try? FileManager.default.removeItem(atPath: path) }
        try newKey("shop", "identify").line.write(toFile: path, atomically: true, encoding: .utf8)
        try #require(chmod(path, 0o600) == 0)
        let database = try TestDatabase()
        let (keyed, anonymous) = ("API_KEYS_FILE=\(path)", "ALLOW_ANONYMOUS=true")
        let socket = "/tmp/identityd-access-\(getpid()).sock"
        func start(_ second: String, beside first: String) throws -> String {
            let script = """
                log=$(mktemp -d)
                says() { timeout 60 sh -c "until grep -qE '$2' '$log/$1'; do sleep 0.05; done"; }
                env \(first) \(RunningServer.binary) serve <&0 2>"$log/first" &
                first=$!
                says first serving
                env \(second) \(RunningServer.binary) serve <&0 2>"$log/second" &
                second=$!
                says second 'serving|stop all'
                grep -q serving "$log/second" && kill $second
                wait $second
                ended=$?
                cat "$log/second"
                echo "ended with $ended"
                kill $first && wait $first
                rm -r "$log"
                """
            return try command(
                "/usr/bin/spawn-fcgi", ["-n", "-s", socket, "--", "/bin/bash", "-c", script],
                environment: ["DATABASE_URL": database.url]
            ).output
        }
        let stop = "; stop all instances first, then start them with the same setting\nended with 1\n"
        let mixed = "identityd: API_KEYS_FILE is set, and another instance on this socket serves without keys\(stop)"
        #expect(try start(keyed, beside: anonymous).contains(mixed))
        let open = "identityd: API_KEYS_FILE is not set, and another instance on this socket asks for keys\(stop)"
        #expect(try start(anonymous, beside: keyed).contains(open))
        for alike in [keyed, anonymous] { #expect(try start(alike, beside: alike).contains("ended with 0\n")) }
    }
}
