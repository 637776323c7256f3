import Foundation
import PostgreSQL
import TestSupport
import Testing

/// What people write, sent as they write it, and who it is.
struct WrittenIdentifiers: Decodable, CustomTestStringConvertible {
    let region: String
    /// same, apart, invalid or blocked.
    let kind: String
    let field: String
    let values: [String]

    var testDescription: String { "\(region) \(kind): \(values[0])" }

    init(_ region: String, _ kind: String, _ values: String...) {
        self.region = region
        self.kind = kind
        field = values[0].contains("@") ? "email" : "phoneNumber"
        self.values = values
    }

    /// Of public bug reports: the source of each is beside it.
    static let published = try! JSONDecoder().decode(
        [WrittenIdentifiers].self,
        from: Data(contentsOf: RunningServer.repository.appending(path: "Tests/IdentifiersTests/identifiers.json")))

    /// More of each kind. The right values are those of the countries' numbering plans, RFC 5321, RFC 6532 and UTS 46.
    static let more = [
        WrittenIdentifiers("", "same", "(555) 0100", "555-0100", "5550100", "5\u{200B}550100", "٥٥٥٠١٠٠"),
        WrittenIdentifiers("", "same", "+44 20 7946 0958", "+44 (0)20 7946 0958", "tel:+44-20-7946-0958"),
        WrittenIdentifiers("", "apart", "020 7946 0958", "+44 20 7946 0958", "0044 20 7946 0958"),
        WrittenIdentifiers("US", "same", "(202) 555-0111", "202.555.0111", "1-202-555-0111", "＋１ ２０２ ５５５ ０１１１"),
        WrittenIdentifiers("US", "same", "+1 202 555 0112 ext. 7", "(202) 555-0112 x7", "202-555-0112#7"),
        WrittenIdentifiers("US", "same", "1-800-FLOWERS", "+1 800 356 9377"),
        WrittenIdentifiers(
            "US", "invalid", "31.12.1999", "12/31/1999", "2,025,550,123", "192.168.1.10", "12", "call me", "null",
            "1234567890123456", "2025550107;2025550108"),
        WrittenIdentifiers("DE", "same", "030 1234567", "+49 30 1234567", "0049 30 1234567", "+49 (0)30 1234567"),
        WrittenIdentifiers(
            "FR", "same", "01 23 45 67 80", "+33 1 23 45 67 80", "0033123456780", "+33 (0)1.23.45.67.80"),
        WrittenIdentifiers("DK", "same", "20.25.55.01", "20 25 55 01", "+45 20255501"),
        WrittenIdentifiers("MX", "same", "55 1234 5670", "+52 55 1234 5670", "+52 1 55 1234 5670"),
        WrittenIdentifiers("IN", "same", "98765 43211", "098765 43211", "0091 98765 43211", "९८७६५४३२११"),
        WrittenIdentifiers("IN", "blocked", "9999999999", "09999999999", "+91 00000 00000"),
        WrittenIdentifiers("", "blocked", "0000000", "111 1111", "123456789", "12345 67890"),
        WrittenIdentifiers(
            "", "same", "ann.b@hill.example", " Ann.B@HILL.example ", "Ann B <ann.b@hill.example>",
            "MAILTO:ann.b@hill.example?subject=order"),
        WrittenIdentifiers("", "apart", "sam@hill.example", "s.am@hill.example", "sam+news@hill.example"),
        WrittenIdentifiers("", "apart", "a@straße.example", "a@strasse.example"),
        WrittenIdentifiers("", "apart", "iris@hill.example", "İris@hill.example", "ırıs@hill.example"),
        WrittenIdentifiers(
            "", "invalid", "a@b@c.example", "a b@hill.example", ".a@hill.example", "a@-hill.example", "a@",
            "%s@hill.example"),
        WrittenIdentifiers("", "blocked", "No-Reply@any.example", "x@example.invalid", "NOEMAIL@any.example"),
    ]

    /// The examples of docs/identifiers.md: its rows of three columns say a region, what is one customer, and what is not
    /// that one.
    static let documented: [WrittenIdentifiers] = {
        let page = try! String(
            contentsOf: RunningServer.repository.appending(path: "docs/identifiers.md"), encoding: .utf8)
        return page.matches(of: #/(?m)^\| (|[A-Z]{2}|refused|blocked) \| (`.*?) \|( .* |)(\||)$/#).flatMap { match in
            func cell(_ text: Substring) -> [String] { text.matches(of: /`([^`]+)`/).map { String($0.1) } }
            func rows(_ kind: String, _ cells: [[String]], in region: String = "") -> [WrittenIdentifiers] {
                cells.map { values in
                    WrittenIdentifiers(
                        region: region, kind: kind, field: values[0].contains("@") ? "email" : "phoneNumber",
                        values: values)
                }
            }
            let (first, one, others) = (String(match.1), cell(match.2), cell(match.3))
            switch first {
            case "refused": return one.flatMap { rows("invalid", [[$0]]) }
            case "blocked": return one.flatMap { rows("blocked", [[$0]]) }
            default:
                return rows("same", [one], in: first) + others.flatMap { rows("apart", [[one[0], $0]], in: first) }
            }
        }
    }()

    private init(region: String, kind: String, field: String, values: [String]) {
        self.region = region
        self.kind = kind
        self.field = field
        self.values = values
    }

    static let all = published + more + documented

    static let regions = Set(all.map(\.region)).sorted()
}

@Suite("Through nginx, identifiers as they are written", .serialized)
struct IdentifierTests {
    private static func body(_ members: [String: String]) -> String {
        String(decoding: try! JSONSerialization.data(withJSONObject: members), as: UTF8.self)
    }

    /// The primary's id.
    private func customer(_ members: [String: String], _ server: RunningServer, path: String = "/identify") throws
        -> Int?
    {
        let answer = try HTTP.post(IdentifierTests.body(members), to: path, port: server.port).object()
        let contact = (answer["contacts"] as? [Any])?.first ?? answer["contact"]
        return (contact as? [String: Any])?["primaryContactId"] as? Int
    }

    private func status(_ members: [String: String], _ server: RunningServer, path: String = "/identify") throws -> Int
    {
        try HTTP.post(IdentifierTests.body(members), to: path, port: server.port).status
    }

    @Test("are whom they should be", arguments: WrittenIdentifiers.regions)
    func written(region: String) throws {
        let server = try RunningServer(["DEFAULT_REGION": region])
        for (number, one) in WrittenIdentifiers.all.filter({ $0.region == region }).enumerated() {
            let other =
                one.field == "email"
                ? ["phoneNumber": "+1 212 200 \(1000 + number)"] : ["email": "good\(number)@x.example"]
            switch one.kind {
            case "same":
                let first = try #require(try customer([one.field: one.values[0]], server), "\(one.values[0])")
                for value in one.values {
                    #expect(try customer([one.field: value], server) == first, "\(value)")
                    #expect(try customer([one.field: value], server, path: "/lookup") == first, "\(value)")
                }
            case "apart":
                let customers = try one.values.compactMap { try customer([one.field: $0], server) }
                #expect(Set(customers).count == customers.count && !customers.isEmpty, "\(one.values)")
            case "invalid", "blocked":
                for value in one.values {
                    let alone = one.kind == "blocked" ? 422 : 400
                    for path in ["/identify", "/lookup"] {
                        #expect(try status([one.field: value], server, path: path) == alone, "\(value)")
                        let both = other.merging([one.field: value]) { $1 }
                        let answer = try HTTP.post(IdentifierTests.body(both), to: path, port: server.port)
                        #expect(answer.status == 200, "\(value)")
                        let ignored = #""ignored":[{"field":"\#(one.field)","reason":"\#(one.kind)"}]"#
                        #expect(answer.body.contains(ignored), "\(value): \(answer.body)")
                    }
                    if one.kind == "invalid" {
                        #expect(try status([one.field: value], server, path: "/erase") == 400, "\(value)")
                    }
                }
            default: Issue.record("another kind: \(one.kind)")
            }
        }
        // One form finds what came as another, and erases all of it.
        for one in WrittenIdentifiers.all where one.region == region && one.kind == "same" {
            guard try customer([one.field: one.values[0]], server, path: "/lookup") != nil else { continue }
            #expect(try status([one.field: one.values.last!], server, path: "/erase") == 200, "\(one.values)")
            for value in one.values {
                #expect(try customer([one.field: value], server, path: "/lookup") == nil, "\(value)")
            }
        }
        #expect(try server.identityd("verify", "--read-again").status == 0)
        #expect(try server.logs(#""rule":"2, with DEFAULT_REGION='\#(region)'""#))
        let log = try server.log("identityd.log")
        for one in WrittenIdentifiers.all where one.region == region {
            for value in one.values where value.count > 8 { #expect(!log.contains(value), "\(value)") }
        }
    }

    /// 123456, 919191 and 717171 are possible local numbers in India and Germany, and none in the US (docs/decisions/0023).
    @Test("are those of the original task in every region, to the letter", arguments: ["IN", "DE", "US"])
    func takeHome(region: String) throws {
        let server = try RunningServer(["DEFAULT_REGION": region])
        func contact(_ email: String, _ phone: String) throws -> String {
            try HTTP.post(#"{"email":"\#(email)","phoneNumber":"\#(phone)"}"#, port: server.port).body
        }
        _ = try contact("lorraine@hillvalley.edu", "123456")
        #expect(
            try contact("mcfly@hillvalley.edu", "123456")
                == #"{"contact":{"primaryContactId":1,"primaryContatctId":1,"emails":["lorraine@hillvalley.edu","mcfly@hillvalley.edu"],"phoneNumbers":["123456"],"secondaryContactIds":[2]}}"#
        )
        _ = try contact("george@hillvalley.edu", "919191")
        _ = try contact("biffsucks@hillvalley.edu", "717171")
        #expect(
            try contact("george@hillvalley.edu", "717171")
                == #"{"contact":{"primaryContactId":3,"primaryContatctId":3,"emails":["george@hillvalley.edu","biffsucks@hillvalley.edu"],"phoneNumbers":["919191","717171"],"secondaryContactIds":[4]}}"#
        )
    }

    @Test("that are invalid are refused, where the setting says so; a field of another name is named in any case")
    func refused() throws {
        let server = try RunningServer(["INVALID_IDENTIFIERS": "refuse"])
        let good = ["email": "ann@hill.example"]
        let bad = try HTTP.post(
            IdentifierTests.body(good.merging(["phoneNumber": "1999-12-31"]) { $1 }), port: server.port)
        #expect(bad.status == 400)
        #expect(bad.body.contains(#""errors":[{"field":"phoneNumber","reason":"is a date"}]"#))
        #expect(try customer(good, server, path: "/lookup") == nil)
        let near = try HTTP.post(
            IdentifierTests.body(good.merging(["phone_number": "123456"]) { $1 }), port: server.port)
        #expect(near.status == 200)
        #expect(
            near.body.contains(#""ignored":[{"field":"phone_number","reason":"is not a field; send phoneNumber"}]"#))
        let alone = try HTTP.post(IdentifierTests.body(["phone_number": "123456"]), port: server.port)
        #expect(alone.status == 400)
        #expect(
            alone.body.contains(#""errors":[{"field":"phone_number","reason":"is not a field; send phoneNumber"}]"#))
    }

    @Test("that are invalid, or under another name, erase no customer: what is left might be another's")
    func erasing() throws {
        let server = try RunningServer()
        let good = ["email": "ann@hill.example"]
        let first = try customer(good, server)
        for more in [["phoneNumber": "N/A"], ["phone": "123456"], ["Email": "bob@hill.example"]] {
            #expect(try status(good.merging(more) { $1 }, server, path: "/erase") == 400, "\(more)")
            #expect(
                try HTTP.post(#"{"contactId":1,"phone":"123456"}"#, to: "/erase", port: server.port).status == 400)
            let command = try command(
                "/bin/sh",
                ["-c", "echo '\(IdentifierTests.body(good.merging(more) { $1 }))' | \(RunningServer.binary) erase -"],
                environment: ["DATABASE_URL": server.databaseURL])
            #expect(command.status == 1, "\(command.output)")
        }
        #expect(try customer(good, server, path: "/lookup") == first)
    }

    /// As a database that an earlier version filled, or another host began.
    private func change(_ server: RunningServer, _ assignments: String) throws {
        try Connection.test(server.databaseURL).run(script: "UPDATE identifier_rule SET \(assignments)", before: .soon)
    }

    /// The server again, on the same database.
    private func restarted(_ server: RunningServer, _ environment: [String: String] = [:]) throws -> RunningServer {
        server.stop()
        return try RunningServer(environment, stateDirectory: server.stateDirectory)
    }

    @Test("are read by the rule of an earlier version where that filled the database, whatever the settings leave out")
    func earlier() throws {
        let before = try RunningServer()
        try change(
            before, "version = 1, default_country_code = '91', default_region = '', libphonenumber = NULL, icu = NULL")
        defer { before.stop() }
        let server = try restarted(before)
        #expect(try server.logs(#""rule":"1, with DEFAULT_COUNTRY_CODE='91'""#))
        // The first rule takes a float for a number, 20 digits, and any name before the @.
        let float = try customer(["phoneNumber": "2025550123.0"], server)
        #expect(float != nil)
        #expect(try customer(["phoneNumber": "+91 20255501230"], server) == float)
        #expect(try customer(["email": "a..b@x"], server) != nil)
        #expect(try status(["phoneNumber": "+44 20 7183 8750 x7"], server) == 400)
        #expect(try server.identityd("verify", "--read-again").status == 0)
        let refused = try command(
            RunningServer.binary, ["serve", "--socket", "/tmp/never.sock"],
            environment: ["DATABASE_URL": server.databaseURL, "ALLOW_ANONYMOUS": "true", "DEFAULT_REGION": "IN"])
        #expect(refused.status == 1)
        #expect(refused.output.contains("set DEFAULT_COUNTRY_CODE='91'"), "\(refused.output)")
    }

    @Test("that another host's libraries read otherwise are named, and the start warns")
    func otherLibraries() throws {
        let before = try RunningServer(["DEFAULT_REGION": "GB"])
        let first = try #require(try customer(["phoneNumber": "020 7183 8750"], before))
        #expect(try !before.log("identityd.log").contains("other libraries"))
        try change(before, "libphonenumber = '8.11 (0)'")
        defer { before.stop() }
        let server = try restarted(before)
        #expect(try server.logs("identityd verify --read-again names the contacts"))
        #expect(try server.logs(#""recorded":"libphonenumber 8.11 (0), ICU 72.1""#))
        #expect(try server.identityd("verify", "--read-again").status == 0)
        // As a library without Britain's national prefix would have read it.
        try Connection.test(server.databaseURL).run(
            script: "UPDATE contact SET phone_key = '4402071838750'", before: .soon)
        let found = try server.identityd("verify", "--read-again")
        #expect(found.status == 1)
        #expect(found.output.hasSuffix("those of the host that wrote them: contacts \(first)\n"), "\(found.output)")
        #expect(try server.identityd("verify").status == 0)
    }

    @Test("that are blocked are printed, with those of a file, and a bad file is named by its line")
    func blocklist() throws {
        let path = "/tmp/identityd-blocklist-\(getpid())"
        defer { try? FileManager.default.removeItem(atPath: path) }
        func print(_ lines: String) throws -> (status: Int32, output: String) {
            try lines.write(toFile: path, atomically: true, encoding: .utf8)
            return try command(
                RunningServer.binary, ["blocklist"],
                environment: ["BLOCKED_IDENTIFIERS_FILE": path, "DEFAULT_REGION": "GB"])
        }
        let builtIn = try command(RunningServer.binary, ["blocklist"]).output
        #expect(builtIn.hasPrefix("builtin off\ngroup placeholders\n") && builtIn.contains("\nemail no@no.com\n"))
        let added = try print("phone (020) 7183 8750\ngroup roles\n")
        #expect(added.status == 0)
        for line in ["group placeholders", "email no@no.com", "email info@*", "phone (020) 7183 8750"] {
            #expect(added.output.contains("\(line)\n"), "\(line)")
        }
        #expect(try print(added.output).output == added.output)
        let bad = try print("# ours\nphone 1999-12-31\n")
        #expect(bad.status == 1)
        #expect(bad.output == "identityd: BLOCKED_IDENTIFIERS_FILE can't be used: line 2 is a date\n", "\(bad.output)")
    }

    @Test("are counted and logged by what became of them")
    func counted() throws {
        let server = try RunningServer()
        let body = ["email": "ann@hill.example", "phoneNumber": "0000000", "mail": "s3cret@x.example"]
        #expect(try status(body, server) == 200)
        #expect(try status(["email": "s3cret", "phoneNumber": "2025550123"], server) == 200)
        func isCounted(_ field: String, _ reason: String) throws -> Bool {
            let labels = #"field="\#(field)",reason="\#(reason)""#
            return try HTTP.get("/metrics", port: server.port).body.split(separator: "\n").contains {
                $0.hasPrefix("identityd_identifiers_ignored_total") && $0.contains(labels) && $0.hasSuffix(" 1")
            }
        }
        #expect(try eventually { try isCounted("phoneNumber", "blocked") })
        #expect(try eventually { try isCounted("email", "invalid") })
        #expect(try eventually { try isCounted("email", "unknown_field") })
        #expect(try server.logs(#""ignored":"phoneNumber blocked, email unknown_field""#))
        #expect(try server.logs(#""ignored":"email invalid""#))
        let log = try server.log("identityd.log")
        #expect(try !(log + HTTP.get("/metrics", port: server.port).body).contains("s3cret"))
    }
}
