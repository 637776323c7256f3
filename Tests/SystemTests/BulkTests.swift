import Foundation
import PostgreSQL
import TestSupport
import Testing

@Suite("The bulk commands")
struct BulkTests {
    let database: TestDatabase
    let folder: String

    init() throws {
        database = try TestDatabase()
        folder = "/tmp/bulk-\(UUID())"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    }

    private func identityd(_ arguments: String..., on database: TestDatabase? = nil) throws -> (
        status: Int32, output: String
    ) {
        try command(RunningServer.binary, arguments, environment: ["DATABASE_URL": (database ?? self.database).url])
    }

    private func file(_ text: String) throws -> String {
        let path = "\(folder)/\(UUID()).csv"
        try text.write(toFile: path, atomically: true, encoding: .utf8)
        return path
    }

    /// All contacts in order of age, each with its primary, all merges, and all evidence; without ids, which have gaps where a
    /// transaction came to nothing.
    private func contents(_ database: TestDatabase) throws -> [String] {
        let rows = try database.run(
            """
            WITH contact AS (SELECT *, row_number() OVER (ORDER BY id) AS age FROM contact)
            SELECT row(younger.age, older.age, younger.email, younger.phone_number, younger.owns_email,
                       younger.owns_phone)::text, 1, younger.id
              FROM contact AS younger LEFT JOIN contact AS older ON older.id = younger.linked_id
             UNION ALL
            SELECT row(older.age, younger.age)::text, 2, change.id
              FROM change JOIN contact AS older ON older.id = primary_id
              JOIN contact AS younger ON younger.id = other_id
             UNION ALL
            SELECT row(email, phone_key, other_email, other_phone_key)::text, 3, id FROM evidence
             ORDER BY 2, 3
            """)
        return (0..<rows.count).map { rows.text($0, 0)! }
    }

    @Test("import, export and report, with exit codes to go by, and no identifier that was not asked for")
    func commands() throws {
        let rejects = "\(folder)/rejects.csv"
        let path = try file("email,phone\na@x,111111\nb@x,111111\nsecret,1\n")
        let (status, output) = try identityd("import", path, "--rejects", rejects)
        #expect(status == 1)
        #expect(
            output == """
                identityd: columns used: email, phone
                3 rows: 0 known, 1 created, 1 linked, 0 merged; 1 rejected

                """)
        #expect(try String(contentsOfFile: rejects, encoding: .utf8).hasSuffix(",secret,1\n"))
        #expect(
            try identityd("import", path).output.hasSuffix(
                "--rejects FILE would hold these rows, each with its line and reason\n"))
        #expect(try identityd("import", try file("email,phone\nb@x,\n")).status == 0)
        #expect(try identityd("import", "/nowhere").status == 2)
        #expect(try identityd("import", "--resume", "-").status == 64)
        #expect(try identityd("export", "--format", "csv").output.hasSuffix("\n1,1,a@x,111111\n1,2,b@x,\n"))
        #expect(try identityd("export", "--format", "xml").status == 64)
        #expect(try identityd("export", "--safe-for-spreadsheets").status == 64)
        #expect(try identityd("export", "--format", "csv", "--safe-for-spreadsheets").status == 0)
        #expect(!(try identityd("report").output.contains("@")))
        #expect(try identityd("report", "--show-identifiers").output.contains("  a@x\n"))
        #expect(try identityd("report", "--limit", "0").status == 64)
    }

    @Test("an import from a pipe, with a line of progress and none of its values")
    func pipe() throws {
        let line = "\(RunningServer.binary) import - --no-phone"
        let (status, output) = try command(
            "/bin/bash",
            ["-c", "{ echo email; for i in {1..12}; do seq -f \"$i-%.0f@x\" 600; sleep 0.5; done; } | \(line)"],
            environment: ["DATABASE_URL": database.url])
        #expect(status == 0)
        #expect(output.contains(#/identityd: [0-9]+ rows, [0-9]+ rows\/s\n/#), "\(output)")
        #expect(output.hasSuffix("7200 rows: 0 known, 7200 created, 0 linked, 0 merged; 0 rejected\n"), "\(output)")
        #expect(!output.contains("@"))
    }

    private static func page(_ path: String) throws -> String {
        try String(contentsOf: RunningServer.repository.appending(path: path), encoding: .utf8)
    }

    @Test("the way that docs/import.md shows to move a contact table keeps merges and leaves out what was deleted")
    func takeHome() throws {
        let shop = try TestDatabase(migrated: false)
        try shop.run(
            """
            CREATE TABLE contact (id int PRIMARY KEY, "phoneNumber" text, email text, "linkedId" int REFERENCES contact,
                "linkPrecedence" text, "createdAt" timestamptz, "updatedAt" timestamptz, "deletedAt" timestamptz)
            """)
        let table = RunningServer.repository.appending(path: "Tests/Cases/take-home.csv").path
        let copied = try command(
            "/usr/bin/psql",
            [
                shop.url, "-c", "SET session_replication_role = replica", "-c",
                "\\copy contact FROM '\(table)' CSV HEADER",
            ])
        #expect(copied.status == 0, "\(copied.output)")
        let page = try BulkTests.page("docs/import.md")
        let recipe = try #require(page.firstMatch(of: #/(?m)((?:^    .*\n)+)/#)).1
            .replacing("psql shop", with: "psql '\(shop.url)'").replacing(
                "identityd ", with: "\(RunningServer.binary) ")
        let moved = try command(
            "/bin/bash", ["-c", "cd \(folder) && set -e && \(recipe)"], environment: ["DATABASE_URL": database.url])
        #expect(moved.status == 0)
        #expect(
            moved.output.hasPrefix(
                """
                identityd: columns used: email, phoneNumber, id, linkedId, linkPrecedence, deletedAt; not used: createdAt, updatedAt
                5 rows: 0 known, 2 created, 2 linked, 0 merged; 1 deleted, left out; 0 rejected
                """), "\(moved.output)")
        #expect(
            try identityd("export", "--format", "csv").output == """
                primaryContactId,contactId,email,phoneNumber
                1,1,lorraine@hillvalley.edu,123456
                1,3,mcfly@hillvalley.edu,
                2,2,george@hillvalley.edu,919191
                2,4,biffsucks@hillvalley.edu,717171

                """)
    }

    @Test("an export can be imported into an empty database, in any format", arguments: ["csv", "ndjson"])
    func roundTrip(format: String) throws {
        let rows = (0..<500).map { "e\($0 % 190)@x,10\($0 % 170)\n" }.joined()
        #expect(try identityd("import", file("email,phone\n" + rows)).status == 0)
        let copy = try TestDatabase()
        let line =
            "\(RunningServer.binary) export --format \(format) | DATABASE_URL='\(copy.url)' \(RunningServer.binary) import -"
        let (status, output) = try command("/bin/bash", ["-c", line], environment: ["DATABASE_URL": database.url])
        #expect(status == 0, "\(output)")
        #expect(try copy.customers() == database.customers())
        #expect(try identityd("verify", on: copy).status == 0)
    }

    @Test(
        "an import of nothing is not a success, and what is no CSV says what it looks like",
        arguments: [
            ("email,phone\\n", 1, "0 rows"), ("", 2, "empty"), ("email\\na@x\\n", 2, "--no-phone"),
            ("\\x1f\\x8b\\x08", 2, "gunzip --stdout"), ("email;phone\\nnobody;1\\n", 1, "1 rejected"),
            ("email,phone,deletedAt\\na@x,,2024\\n", 1, "1 deleted"), ("email,phone\\na@x,111111\\n", 0, "1 created"),
            ("id,email,phone,linkPrecedence\\n", 2, "linkedId"), ("email,\"phone\\na@x,1\\n", 2, "quote"),
        ])
    func nothing(text: String, status: Int32, named: String) throws {
        let result = try command(
            "/bin/bash", ["-c", "printf '\(text)' | \(RunningServer.binary) import -"],
            environment: ["DATABASE_URL": database.url])
        #expect(result.status == status, "\(result.output)")
        #expect(result.output.contains(named), "\(result.output)")
    }

    @Test(
        "the program is told what the file does not say",
        arguments: [
            (["--delimiter", "tab", "--phone-column", "nr"], "mail\tnr\na@x\t111111\n"),
            (["--delimiter", ":", "--no-phone"], "mail:x\na@x:1\n"), (["--no-email"], "tel\n111111\n"),
            (["--encoding", "UTF-8"], "email,phone\na@x,111111\n"),
        ])
    func options(arguments: [String], text: String) throws {
        let (status, output) = try command(
            RunningServer.binary, ["import", file(text)] + arguments, environment: ["DATABASE_URL": database.url])
        #expect(status == 0, "\(output)")
        for wrong in [["--delimiter", "ab"], ["--delimiter", "\""], ["--no-email", "--no-phone"]] {
            #expect(
                try command(
                    RunningServer.binary, ["import", "-"] + wrong, environment: ["DATABASE_URL": database.url]
                ).status == 64)
        }
    }

    @Test(
        "rejects go behind what stands in a log that is open already, under whatever name",
        arguments: ["/dev/stderr", "/dev/fd/2", "/proc/self/fd/2", "$LOG", "/dev/stdout", "/dev/fd/9"])
    func openRejects(path: String) throws {
        let log = try file("before\n")
        let rows = try file("email,phone\na@x,\nsecret,\n")
        let descriptor = path.hasSuffix("9") ? "9" : path.hasSuffix("out") ? "1" : "2"
        let line = "echo more >&\(descriptor); \(RunningServer.binary) import \(rows) --rejects \(path)"
        let (status, output) = try command(
            "/bin/bash", ["-c", "{ \(line); s=$?; echo after >&\(descriptor); exit $s; } \(descriptor)>>$LOG"],
            environment: ["DATABASE_URL": database.url, "LOG": log])
        #expect(status == 1, "\(output)")
        let text = try String(contentsOfFile: log, encoding: .utf8)
        #expect(
            text.replacing("2 rows: 0 known, 1 created, 0 linked, 0 merged; 1 rejected\n", with: "")
                .replacing("identityd: columns used: email, phone\n", with: "") == """
                    before
                    more
                    line,reason,email,phone
                    3,email needs one @ between two parts that are not empty,secret,
                    after

                    """)
    }

    @Test("rejects go into a file of one's own, made anew, or down a pipe")
    func freshRejects() throws {
        let rows = try file("email,phone\na@x,\nsecret,\n")
        let rejects = "\(folder)/fresh.csv"
        for _ in 1...2 {
            #expect(try identityd("import", rows, "--rejects", rejects).status == 1)
            #expect(try String(contentsOfFile: rejects, encoding: .utf8).split(separator: "\n").count == 2)
            #expect(
                try FileManager.default.attributesOfItem(atPath: rejects)[.posixPermissions] as? Int == 0o600)
        }
        let (_, output) = try command(
            "/bin/bash", ["-c", "\(RunningServer.binary) import \(rows) --rejects /dev/stdout | cat"],
            environment: ["DATABASE_URL": database.url])
        #expect(output.contains("line,reason,email,phone\n3,"), "\(output)")
        #expect(try identityd("import", rows, "--rejects", "-").status == 64)
    }

    @Test("an import on a terminal, with a bar, the pace and the time left, and a clear line in the end")
    func terminal() throws {
        let path = try file("email\n" + (0..<60_000).map { "e\($0)@x\n" }.joined())
        let (status, output) = try command(
            "/usr/bin/script", ["-qec", "\(RunningServer.binary) import --no-phone \(path)", "/dev/null"],
            environment: ["DATABASE_URL": database.url])
        #expect(status == 0)
        let bar = #/\r\x1B\[K\[#*-+\] [0-9]+ rows, [0-9]+ %, [0-9]+ rows/s, [0-9]+ s left/#
        #expect(output.contains(bar), "\(output)")
        #expect(output.contains("\r\u{1B}[K60000 rows: 0 known, 60000 created"), "\(output)")
    }

    @Test("an import goes by both guards as requests do")
    func guards() throws {
        let list = "\(folder)/blocked"
        try "phone 555-0100\nemail *@shop.org\n".write(toFile: list, atomically: true, encoding: .utf8)
        for path in [folder, list] {
            try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: path)
        }
        let variables = ["BLOCKED_IDENTIFIERS_FILE": list, "MAX_CLUSTER_SIZE": "2"]
        let server = try RunningServer(variables)
        let rows = [
            ("a@x", "5550100"), ("b@x", "5550100"), ("till@shop.org", "111111"), ("c@x", "111111"), ("d@x", "111111"),
            ("a@x", "222222"), ("a@x", "111111"), ("till@shop.org", "5550100"), ("b@x", "222222"), ("b@x", "333333"),
        ]
        let answers = try rows.map { email, phone in
            try HTTP.post(#"{"email":"\#(email)","phoneNumber":"\#(phone)"}"#, port: server.port)
        }
        #expect(answers.map(\.status) == [200, 200, 200, 200, 200, 200, 200, 422, 200, 200])

        let rejects = "\(folder)/rejects.csv"
        let path = try file("email,phone\n" + rows.map { "\($0),\($1)\n" }.joined())
        let (status, _) = try command(
            RunningServer.binary, ["import", path, "--rejects", rejects],
            environment: variables.merging(["DATABASE_URL": database.url]) { $1 })
        #expect(status == 1)
        let exports = try (identityd("export"), server.identityd("export"))
        #expect(exports.0.status == 0 && exports.0.output == exports.1.output)
        let reasons = try String(contentsOfFile: rejects, encoding: .utf8).split(separator: "\n").dropFirst()
        #expect(
            Set(reasons.map { $0.split(separator: ",").prefix(2).joined(separator: ": ") })
                == [
                    "6: phoneNumber left out: cluster-too-large", "8: phoneNumber left out: cluster-too-large",
                    "9: every identifier of the row is blocked", "10: phoneNumber left out: cluster-too-large",
                ])
    }

    /// One customer would grow past the default MAX_CLUSTER_SIZE: what was left out is left out again.
    @Test("an import that is killed ends the same when it is started again", arguments: [true, false])
    func killed(resumes: Bool) throws {
        var random = SeededGenerator(seed: 9)
        let rows = (0..<30_000).map { _ in
            "e\(Int.random(in: 0..<20_000, using: &random))@x,10\(Int.random(in: 0..<20_000, using: &random))\n"
        }
        let path = try file("email,phone\n" + rows.joined())
        let process = Process()
        process.executableURL = URL(filePath: RunningServer.binary)
        process.arguments = ["import", path]
        process.environment = ProcessInfo.processInfo.environment.merging(["DATABASE_URL": database.url]) { $1 }
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        #expect(try eventually { try database.run("SELECT max(rows) FROM import_progress").integer(0, 0) != nil })
        kill(process.processIdentifier, SIGKILL)
        process.waitForExit()
        let done = try #require(try database.run("SELECT max(rows) FROM import_progress").integer(0, 0))
        #expect((1..<30_000).contains(done))

        let again = resumes ? try identityd("import", path, "--resume") : try identityd("import", path)
        #expect(again.status == 1)
        #expect(again.output.contains("the first ") == resumes)
        let whole = try TestDatabase()
        #expect(try identityd("import", path, on: whole).status == 1)
        #expect(try contents(database) == contents(whole))
        #expect(try identityd("verify").status == 0)
        #expect(try identityd("import", path, "--resume").output.contains("the first 30000 were imported before"))
    }
}
