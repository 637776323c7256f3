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
            "# ours\n\n  email Shop@X.org\r\nemail *@example.invalid\nphone +1 (650) 253-0000  \n",
            rule: .digitsAsWritten)
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
        let list = try BlockList("phone 09876543210", rule: india)
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
            try BlockList("# one\r\nphone 123\r\n\(line)\r\n", rule: .digitsAsWritten)
        }
        #expect("\(error)".hasPrefix("line 3 "))
        #expect(!"\(error)".contains("s3cret"))
    }

    @Test("of our own names what nobody owns, and nothing of the task's", arguments: ["", "1", "44", "91"])
    func standard(code: String) throws {
        let rule = try #require(PhoneKeyRule(defaultCountryCode: code))
        let list = BlockList.standard(rule: rule)
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
}
