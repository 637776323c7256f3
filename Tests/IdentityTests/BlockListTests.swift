import Identity
import Testing

@Suite("A block list")
struct BlockListTests {
    private func screen(
        _ list: BlockList, _ email: String?, _ phone: String?, rule: PhoneKeyRule = .digitsAsWritten
    ) throws -> String {
        let observation = Observation(
            email: try email.flatMap { text throws(InvalidIdentifier) in try Email(text) },
            phone: try phone.flatMap { text throws(InvalidIdentifier) in try Phone(text, rule: rule) })!
        let (left, ignored) = list.screen(observation)
        let parts = [left?.email?.text, left?.phone?.text].map { $0 ?? "-" }
        return (parts + ignored.map(\.rawValue)).joined(separator: " ")
    }

    @Test("takes out what it names, however it is written, and leaves the rest")
    func screens() throws {
        let list = try BlockList(
            file: "# ours\n\n  email Shop@X.org\r\nemail *@example.invalid\nphone +1 (650) 253-0000  \n",
            reader: Self.rule)
        #expect(try screen(list, "a@x.org", "123456") == "a@x.org 123456")
        #expect(try screen(list, " SHOP@x.ORG ", "123456") == "- 123456 email")
        #expect(try screen(list, "a@x.org", "16502530000") == "a@x.org - phoneNumber")
        #expect(try screen(list, "anybody@EXAMPLE.invalid", nil) == "- - email")
        #expect(try screen(list, "a@sub.example.invalid", nil) == "a@sub.example.invalid -")
        #expect(try screen(list, "shop@x.org", "1-650-253-0000") == "- - email phoneNumber")
        #expect(try screen(list, nil, "6502530000") == "- 6502530000")
    }

    @Test("matches phones by the rule in force")
    func rule() throws {
        let india = try #require(PhoneKeyRule(defaultCountryCode: "91"))
        let list = try BlockList(file: "phone 09876543210", reader: india)
        #expect(try screen(list, nil, "+91 98765 43210", rule: india) == "- - phoneNumber")
    }

    @Test(
        "refuses what it does not understand, by its line and without quoting it",
        arguments: [
            "mail s3cret@x.org", "email", "email s3cret", "email s3cret@x y", "email a@b, s3cret@c", "phone",
            "phone s3cret", "phone 12", "Email s3cret@x.org", "s3cret@x.org",
        ])
    func refused(line: String) throws {
        let error = try #require(throws: BlockListError.self) {
            try BlockList(file: "# one\r\nphone 123\r\n\(line)\r\n", reader: Self.rule)
        }
        #expect("\(error)".hasPrefix("line 3 "))
        #expect(!"\(error)".contains("s3cret"))
    }

    @Test("built in has placeholders only, and nothing of the task's", arguments: ["", "1", "44", "91"])
    func standard(code: String) throws {
        let rule = try #require(PhoneKeyRule(defaultCountryCode: code))
        let list = BlockList.builtIn(reader: rule)
        for digit in 0...9 {
            for count in [7, 10, 20] {
                let phone = String(repeating: "\(digit)", count: count)
                for written in [phone, "+" + phone] {
                    #expect(try screen(list, "Test@Test.com", written, rule: rule) == "- - email phoneNumber")
                }
            }
            // With a country code, 111111 may be one with +1111111.
            let short = String(repeating: "\(digit)", count: 6)
            if code.isEmpty { #expect(try screen(list, nil, short) == "- \(short)") }
        }
        for (email, phone) in [
            ("mcfly@hillvalley.edu", "123456"), ("lorraine@hillvalley.edu", "717171"), ("a@example.com", "919191"),
            ("test@example.org", "2000000"), ("contest@test.com", "5555556"),
        ] {
            #expect(try screen(list, email, phone, rule: rule) == "\(email) \(phone)")
        }
    }

    private static let rule = PhoneKeyRule.digitsAsWritten

    @Test("of a file adds to the built-in one, or takes its place")
    func builtIn() throws {
        let added = try BlockList(file: "email shop@x.org", reader: Self.rule)
        #expect(try screen(added, "shop@x.org", "1234567890") == "- - email phoneNumber")
        #expect(try screen(added, "no@no.com", nil) == "- - email")
        let alone = try BlockList(file: "email shop@x.org\n builtin  off ", reader: Self.rule)
        #expect(try screen(alone, "shop@x.org", "1234567890") == "- 1234567890 email")
        #expect(try screen(alone, "no@no.com", nil) == "no@no.com -")
        let placeholders = try BlockList(file: "builtin off\ngroup placeholders", reader: Self.rule)
        #expect(try screen(placeholders, "no@no.com", "1234567890") == "no@no.com - phoneNumber")
    }

    @Test("has a name at any domain, and the mailboxes of RFC 2142 where it is told so")
    func names() throws {
        let named = try BlockList(file: "email Shop@*", reader: Self.rule)
        #expect(try screen(named, "shop@anywhere.example", nil) == "- - email")
        #expect(try screen(named, "ashop@anywhere.example", nil) == "ashop@anywhere.example -")
        #expect(try screen(named, "info@x.org", nil) == "info@x.org -")
        let roles = try BlockList(file: "group roles", reader: Self.rule)
        for role in [
            "info", "Marketing", "sales", "support", "abuse", "noc", "security", "postmaster", "webmaster", "www",
        ] {
            #expect(try screen(roles, "\(role)@x.org", nil) == "- - email")
        }
        #expect(try screen(roles, "infos@x.org", nil) == "infos@x.org -")
    }

    @Test(
        "refuses a pattern that can match nothing",
        arguments: [
            "email *", "email *@", "email @*", "email *@*", "email a*@x.org", "email *a@x.org", "email a@*.x.org",
            "email *@*.x.org",
            "email *@x..", "email a b@*", "phone 555*", "phone *", "group", "group role", "builtin", "builtin on",
            "builtin off now",
        ])
    func cannotMatch(line: String) throws {
        let error = try #require(throws: BlockListError.self) {
            try BlockList(file: "email a@b\n\(line)", reader: StrictReader())
        }
        #expect(error.line == 2)
    }

    /// Refuses empty labels, too, as the second rule does.
    private struct StrictReader: IdentifierReading {
        func email(_ written: String) throws(InvalidIdentifier) -> Email? {
            if written.contains("..") { throw InvalidIdentifier(field: .email, reason: "has an empty label") }
            return try Email(written)
        }

        func phone(_ written: String) throws(InvalidIdentifier) -> Phone? {
            try Phone(written, rule: BlockListTests.rule)
        }
    }

    @Test("is printed as lines that say the same")
    func lines() throws {
        let written = "email shop@x.org\nemail *@example.org\nemail me@*\nphone +1 650\ngroup roles"
        let list = try BlockList(file: written, reader: Self.rule)
        let again = try BlockList(file: list.lines.joined(separator: "\n"), reader: Self.rule)
        #expect(again.lines == list.lines)
        for line in [
            "builtin off", "group placeholders", "email no@no.com", "email shop@x.org", "email *@example.org",
            "email me@*", "email info@*", "phone +1 650",
        ] {
            #expect(list.lines.contains(line))
        }
        #expect(try screen(again, "me@y", "1234567") == screen(list, "me@y", "1234567"))
        #expect(try BlockList(file: "builtin off", reader: Self.rule).lines == ["builtin off"])
    }

    @Test(
        "knows runs of nine digits and one digit seven times, and with a country code the same behind it",
        arguments: [
            ("", "123456789", true), ("", "1234567890", true), ("", "0123456789", true), ("", "9876543210", true),
            ("", "12345678", false),
            ("", "1111111", true), ("", "111111", false), ("", "1357913579", false), ("91", "1234567890", true),
            ("91", "+911234567890", true),
            ("91", "9999999", true), ("91", "999999", false), ("91", "0000000", true), ("1", "123456", false),
            ("1", "2345678", false),
        ])
    func placeholders(code: String, phone: String, isBlocked: Bool) throws {
        let rule = try #require(PhoneKeyRule(defaultCountryCode: code))
        let left = try screen(.builtIn(reader: rule), nil, phone, rule: rule)
        #expect(left == (isBlocked ? "- - phoneNumber" : "- \(phone)"))
    }
}
