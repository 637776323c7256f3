import Identity
import Testing

@Suite("An e-mail")
struct EmailTests {
    @Test(
        "is trimmed and lower-cased",
        arguments: [
            ("mcfly@hillvalley.edu", "mcfly@hillvalley.edu"),
            (" McFly@HillValley.EDU\t\n", "mcfly@hillvalley.edu"),
            ("\u{A0}ÄRGER@b\u{3000}", "ärger@b"),
            ("a@b", "a@b"),
        ])
    func normalized(written: String, stored: String) throws {
        #expect(try Email(written)?.text == stored)
    }

    @Test("of white space alone is absent", arguments: ["", " ", "\t\r\n", "\u{A0}\u{2003}"])
    func blank(written: String) throws {
        #expect(try Email(written) == nil)
    }

    @Test(
        "needs one @ between two parts that are not empty, and nothing that can't be seen",
        arguments: [
            "mcfly", "@", "a@", "@b", "a@b@c", "a b@c", "a@b\u{0}c", "a@b\u{7F}", "a\u{2028}b@c", "a@b\nc",
        ])
    func refused(written: String) {
        #expect(throws: InvalidIdentifier.self) { try Email(written) }
    }

    @Test("has at most 254 bytes")
    func length() throws {
        let longest = String(repeating: "a", count: 252) + "@b"
        #expect(try Email(longest) != nil)
        #expect(throws: InvalidIdentifier.self) { try Email("a" + longest) }
        #expect(throws: InvalidIdentifier.self) { try Email(String(repeating: "ä", count: 127) + "@b") }
    }

    @Test("is equal by its bytes, as in the database, and not by Unicode's canonical equivalence")
    func equality() throws {
        let composed = try Email("caf\u{E9}@b")
        let decomposed = try Email("cafe\u{301}@b")
        #expect(composed != decomposed)
        #expect(Set([composed, decomposed]).count == 2)
    }

    @Test("never shows its value in an error")
    func secrecy() {
        #expect {
            try Email("secret value")
        } throws: { error in
            !"\(error)".contains("secret")
        }
    }
}
