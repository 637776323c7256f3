import Identity
import Testing

@Suite("A phone")
struct PhoneTests {
    @Test(
        "is answered as written, trimmed, and matched by its digits",
        arguments: [
            ("123456", "123456", "123456"),
            (" +1 (650) 253-0000 ", "+1 (650) 253-0000", "16502530000"),
            ("16502530000", "16502530000", "16502530000"),
            ("0049/30.901820", "0049/30.901820", "004930901820"),
            ("007", "007", "007"),
            ("12345678901234567890", "12345678901234567890", "12345678901234567890"),
        ])
    func written(_ written: String, text: String, key: String) throws {
        let phone = try Phone(written, rule: .digitsAsWritten)
        #expect(phone?.text == text)
        #expect(phone?.key == key)
    }

    @Test("of white space alone is absent", arguments: ["", "  ", "\n"])
    func blank(written: String) throws {
        #expect(try Phone(written, rule: .digitsAsWritten) == nil)
    }

    @Test(
        "takes 3 to 20 ASCII digits and + - . ( ) / and spaces, 64 bytes at most",
        arguments: [
            "12", "123456789012345678901", "12a4", "1234x", "١٢٣٤", "１２３４", "123\t456", "123\u{0}456", "+", "()",
            "1" + String(repeating: "-", count: 64) + "23",
        ])
    func refused(written: String) {
        #expect(throws: InvalidIdentifier.self) { try Phone(written, rule: .digitsAsWritten) }
    }

    @Test(
        "with a country code has an international key",
        arguments: [
            ("+91 98765 43210", "919876543210"),
            ("(+91) 98765-43210", "919876543210"),
            ("0091 98765 43210", "919876543210"),
            ("098765 43210", "919876543210"),
            ("98765 43210", "919876543210"),
            ("+49 30 901820", "4930901820"),
            ("00123", "123"),
        ])
    func international(written: String, key: String) throws {
        let rule = try #require(PhoneKeyRule(defaultCountryCode: "91"))
        #expect(try Phone(written, rule: rule)?.key == key)
    }

    @Test(
        "has a country code of 1 to 3 digits that do not begin with 0",
        arguments: [
            ("", true), ("1", true), ("91", true), ("358", true),
            ("0", false), ("091", false), ("1234", false), ("+1", false), ("x", false),
        ])
    func countryCode(code: String, isValid: Bool) {
        #expect((PhoneKeyRule(defaultCountryCode: code) != nil) == isValid)
    }
}
