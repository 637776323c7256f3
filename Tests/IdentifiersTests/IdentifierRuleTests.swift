import Identifiers
import Identity
import Testing

@Suite("A rule of identifiers")
struct IdentifierRuleTests {
    @Test("of the first version reads as before")
    func first() throws {
        let reader = IdentifierReader(.digits(try #require(PhoneKeyRule(defaultCountryCode: "91"))))
        #expect(reader.rule.version == 1)
        #expect(try reader.email(" A..B@X_Y ")?.text == "a..b@x_y")
        #expect(try reader.phone("2025550123.0")?.key == "9120255501230")
        #expect(throws: InvalidIdentifier.self) { try reader.phone("123 x5") }
    }

    @Test("of the second version has a region or none")
    func second() throws {
        let india = try #require(IdentifierRule.Region("IN"))
        #expect(IdentifierRule.plans(india).version == 2)
        #expect(IdentifierRule.plans(india) != .plans(nil))
        #expect(try IdentifierReader(.plans(india)).phone("98765 43210")?.key == "919876543210")
        #expect(try IdentifierReader(.plans(nil)).phone("98765 43210")?.key == "9876543210")
    }

    @Test("is read with libraries whose versions are known")
    func versions() {
        let versions = LibraryVersions.loaded()
        #expect(versions.phoneNumbers.wholeMatch(of: #/8\.\d+ \([0-9a-f]{16}\)/#) != nil)
        #expect(versions.unicode.wholeMatch(of: #/\d+(\.\d+)+/#) != nil)
        #expect(versions == LibraryVersions.loaded())
    }

    @Test("reads a block list, too: its lines match however they are written", arguments: ["", "GB"])
    func blockList(region: String) throws {
        let reader = try reader(region)
        let list = try BlockList(
            file: "phone +44 (0)20 7183 8750\nemail *@xn--mnchen-3ya.example\nemail Jürgen@*\nemail <shop@x.example>",
            reader: reader)
        for (email, phone) in [
            (nil, "+442071838750"), ("a@MÜNCHEN.example", nil), ("ju\u{308}rgen@x.example", nil),
            ("SHOP@x.example", nil),
        ] {
            let observation = Observation(
                email: try email.flatMap { text throws(InvalidIdentifier) in try reader.email(text) },
                phone: try phone.flatMap { text throws(InvalidIdentifier) in try reader.phone(text) })
            #expect(list.screen(try #require(observation)).observation == nil)
        }
        #expect(throws: BlockListError.self) { try BlockList(file: "email *@exa_mple..org", reader: reader) }
        #expect(throws: BlockListError.self) { try BlockList(file: "phone 1999-12-31", reader: reader) }
        let printed = try BlockList(file: list.lines.joined(separator: "\n"), reader: reader)
        #expect(printed.lines == list.lines)
    }
}
