import Identity
import TestSupport
import Testing

@testable import Identifiers

@Suite("An e-mail, by the second rule")
struct EmailTests {
    @Test(
        "is the same whatever is not seen or wrapped around it",
        arguments: [
            "hal@hill.example", " HAL@Hill.Example\t\n", "h\u{200B}al@hill.example", "\u{FEFF}hal@hill.example",
            "hal@hi\u{200D}ll.example",
            "hal\u{AD}@hill.example", "hal@hill.example\u{A0}", "\u{2007}hal\u{202F}@hill\u{3000}.example",
            "\u{202A}hal@hill.example\u{202C}",
            "hal\u{FE0F}@hill.example", "ha\u{34F}l@hill.example", "hal\u{3164}@hill.example",
            "h\u{E0061}al@hill.example", "\u{2028}hal@hill.example\u{85}",
            "<hal@hill.example>", "Hal <hal@hill.example>", "Hal<hal@hill.example>", "\"Hal, jr.\" <hal@hill.example>",
            "Hal <hal@hill.example>,",
            "\"hal@hill.example\" <hal@hill.example>", "mailto:hal@hill.example", "MAILTO:hal@hill.example",
            "<mailto:hal@hill.example>",
            "mailto:hal@hill.example?subject=Hi", "mailto: hal@hill.example", "\"hal@hill.example\"",
            "'hal@hill.example'", "“hal@hill.example”", "«hal@hill.example»",
            "`hal@hill.example`", "\"'hal@hill.example'\"", "\" hal@hill.example \"", "'<hal@hill.example>';",
            "hal@hill.example,", "hal@hill.example;",
            "hal@hill.example.", "hal@hill.example..", "hal@hill.example. ", "hal@hill.example.,;", "hal@hill.example。",
            "hal@hill。example",
            "hal@hill．example", "hal@hill｡example", "hal@ｈｉｌｌ.example", "hal@HILL.EXAMPLE", "hal@hi\u{AD}ll.example",
            "\u{2060}<\u{2060}hal@hill.example\u{2060}>",
        ])
    func same(text: String) throws {
        #expect(try address(text) == "hal@hill.example")
    }

    @Test(
        "has its name in lower case and NFC",
        arguments: [
            ("J\u{FC}rgen@x.example", "j\u{FC}rgen@x.example"), ("ju\u{308}rgen@x.example", "j\u{FC}rgen@x.example"),
            ("JÜRGEN@x.example", "j\u{FC}rgen@x.example"), ("ΟΔΟΣ@x.example", "οδος@x.example"),
            ("Straße@x.example", "straße@x.example"),
            ("\u{1E9E}@x.example", "ß@x.example"), ("ПОЧТА@x.example", "почта@x.example"),
            ("Ａ@x.example", "ａ@x.example"), ("\u{212B}@x.example", "å@x.example"),
            ("한@x.example", "한@x.example"), ("Ǆ@x.example", "ǆ@x.example"),
            ("a!#$%&'*+-/=?^_`~b@x.example", "a!#$%&'*+-/=?^_`~b@x.example"),
            ("A+Tag@x.example", "a+tag@x.example"), ("a.b.c@x", "a.b.c@x"), ("1@1.example", "1@1.example"),
            ("o'neil@x.example", "o'neil@x.example"),
        ])
    func name(text: String, stored: String) throws {
        #expect(Array(try #require(try address(text)).utf8) == Array(stored.utf8))
    }

    /// UTS 46, table 3 and section 4; IdnaTestV2.txt.
    @Test(
        "has its domain as UTS 46 says, without joiners",
        arguments: [
            (
                "münchen.example",
                [
                    "MÜNCHEN.example", "mu\u{308}nchen.example", "xn--mnchen-3ya.example", "XN--MNCHEN-3YA.example",
                    "münchen。example",
                ]
            ),
            ("faß.de", ["faß.de", "xn--fa-hia.de", "Faß.DE"]), ("fass.de", ["fass.de", "FASS.de", "fa\u{1E9E}.de"]),
            ("βόλος.com", ["βόλος.com", "xn--nxasmm1c.com", "ΒΌΛΟς.com"]),
            ("βόλοσ.com", ["ΒΌΛΟΣ.com", "xn--nxasmq6b.com"]),
            ("bücher.de", ["Bücher.de", "xn--bcher-kva.de", "bu\u{308}cher.de"]),
            ("日本語.jp", ["日本語。ＪＰ", "xn--wgv71a119e.jp"]),
            ("öbb.at", ["öbb.at", "O\u{308}BB.at", "xn--bb-eka.at"]), ("☕.us", ["☕.us", "xn--53h.us"]),
            ("نامهای.com", ["نامه\u{200C}ای.com", "نامهای.com", "xn--mgba3gch31f060k.com", "xn--mgba3gch31f.com"]),
            ("ශ්රී.com", ["ශ්\u{200D}රී.com", "ශ්රී.com", "xn--10cl1a0b660p.com", "xn--10cl1a0b.com"]),
            ("kelvin.example", ["\u{212A}elvin.example"]), ("r3---sn.example", ["r3---sn.example", "R3---SN.example"]),
            ("ab--cd.münchen.example", ["ab--cd.münchen.example"]), ("localhost", ["LOCALHOST"]),
            ("fi.example", ["ﬁ.example"]),
        ])
    func domain(stored: String, texts: [String]) throws {
        for text in texts { #expect(try address("x@\(text)") == "x@\(stored)", "\(text)") }
    }

    @Test(
        "is not another that looks like it",
        arguments: [
            ("paypal@x.example", "p\u{430}ypal@x.example"), ("i@x.example", "\u{130}@x.example"),
            ("i@x.example", "ı@x.example"),
            ("a@x.example", "ａ@x.example"), ("a@fass.de", "a@faß.de"), ("a@paypal.example", "a@p\u{430}ypal.example"),
            ("a.b@x.example", "ab@x.example"),
            ("a+b@x.example", "a@x.example"), ("strasse@x.example", "straße@x.example"),
            ("ss@x.example", "ſs@x.example"),
        ])
    func apart(one: String, other: String) throws {
        let (first, second) = (try address(one), try address(other))
        #expect(first != nil && second != nil && first != second)
    }

    @Test(
        "needs the form of RFC 5321 and RFC 6531",
        arguments: [
            "\u{212A}elvin@x.example", "a\u{37E}b@x.example", "a\u{1FEF}@x.example", "a..b@hill.example",
            ".a@x.example", "a.@x.example", "x@exa_mple..org", "x@exa_mple.org",
            "x@a..b", "x@.example", "x@-a.example", "x@a-.example", "x@xn--a.example", "x@xn--zzzzzzz99999.example",
            "{{email}}@x", "{{email}}@x.example", "${email}@x.example",
            "%EMAIL%@x.example", "*|EMAIL|*@x.example", "<%= email %>@x.example", "undefined", "[object Object]",
            "@hill.example", "hal@", "hal", "a@b@c", "\"a@b\"@x.example",
            "\"a b\"@x.example", "a b@x.example", "a@x y.example", "a@b.example, c@d.example",
            "a@b.example;c@d.example", "a@b.example c@d.example", "<>", "Hal <>", "Hal <hal@hill.example",
            "hal@hill.example>", "mailto:", "\"\"", ",", "a(comment)@x.example", "a@x.example (Hal)", "a@[192.168.1.1]",
            "a@x.example\u{0}", "a\u{7}@x.example", "a:b@x.example",
            "a\\b@x.example", "a,b@x.example", "a\n@x.example", "a\u{2028}b@x.example", "a@x\u{E000}.example",
            "a\u{E000}@x.example", "a\u{378}@x.example", "a@☃\u{301}..example", "a@\u{301}x.example",
            "hal＠hill.example", "a@x%.example", "a@x!.example", "a@אa.example", "a@x.example/path",
            "a@http://x.example", "N/A", "-", "n/a@", "a@xn--ab-10y.example", "a@xn--a-73t",
        ])
    func refused(text: String) throws {
        let error = try #require(throws: InvalidIdentifier.self, "\(text)") { try reader().email(text) }
        #expect(error.field == .email)
        #expect(!error.reason.contains("hill"))
    }

    /// RFC 5321, 4.5.3.1: 64 octets, 255 octets, and 256 of a path with its angle brackets; RFC 1035, 2.3.4: 63 of a label.
    @Test("has the lengths of RFC 5321")
    func lengths() throws {
        let label = String(repeating: "b", count: 63)
        let name = String(repeating: "a", count: 64)
        #expect(try address("\(name)@x.example") != nil)
        #expect(throws: InvalidIdentifier.self) { try address("\(name)a@x.example") }
        #expect(try address(String(repeating: "ü", count: 32) + "@x.example") != nil)
        #expect(throws: InvalidIdentifier.self) { try address(String(repeating: "ü", count: 33) + "@x.example") }
        #expect(try address("a@\(label).example") != nil)
        #expect(throws: InvalidIdentifier.self) { try address("a@\(label)b.example") }
        // 64 + 1 + 189 bytes.
        let domain = "\(label).\(label).\(label.dropFirst(2))"
        #expect(try address("\(name)@\(domain)")?.utf8.count == 254)
        #expect(throws: InvalidIdentifier.self) { try address("\(name)@\(domain)b") }
        // As it is sent, its domain has 61 bytes more than the 236 of its Unicode form.
        let long = Array(repeating: "üb" + String(repeating: "c", count: 40), count: 5).joined(separator: ".")
        #expect(throws: InvalidIdentifier.self) { try address("a234567890123456789012345678@\(long)") }
        #expect(try address("a@\(long)") != nil)
    }

    @Test("with nothing to be seen is absent", arguments: ["", " ", "\u{200B}", "\u{A0}\u{FEFF}\t", "\u{3164}\r\n"])
    func absent(text: String) throws {
        #expect(try address(text) == nil)
    }

    /// The short way never says other than the long one: of what it reads, and what it leaves.
    @Test("in ASCII is read in short as ICU reads it", arguments: [1, 2, 3, 4] as [UInt64])
    func shortWay(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let parts = [
            "a", "B", "z9", "-", ".", "..", "@", "xn--", "XN--", "x", "_", "'", "\"", "<", ">", " ", "\t", "%", "{",
            "example", "mailto:", ",", ";", "+", "--", "1", "com", "?",
            "/", "|", "~", "\u{7F}", "\u{0}", "xn--mnchen-3ya", String(repeating: "l", count: 62),
            String(repeating: "k", count: 64),
        ]
        var (short, long) = (0, 0)
        for round in 0..<5000 {
            let some = { (count: ClosedRange<Int>) in
                (0..<Int.random(in: count, using: &random)).map { _ in parts.randomElement(using: &random)! }.joined()
            }
            let plain = "a\(some(0...2))@b\(some(0...3))c"
            let text = [plain, some(1...7), "\(some(0...1))<\(plain)>", "'\(plain)'\(some(0...1))"][round % 4]
            let slow = try? EmailText(text)?.email()
            if let quick = Email(plainASCII: text) {
                short += 1
                #expect(quick == slow, "\(text)")
            } else if slow != nil {
                long += 1
            }
        }
        #expect(short > 250 && long > 5)
    }

    @Test(
        "is a placeholder where it was typed to get past a form",
        arguments: [
            "test@test.com", "no@no.com", "NoEmail@gmail.com", "noemail@shop.example", "guest@guest.com",
            "undefined@undefined", "none@none.com", "null@null", "na@na.com",
            "no-reply@x.example", "asdf@asdf.com", "<test@test.com>", "te\u{200B}st@test.com", "a@example.invalid",
        ])
    func placeholder(text: String) throws {
        #expect(try isBlocked(email: text))
    }

    @Test(
        "is a real address otherwise",
        arguments: [
            "contest@test.com", "info@x.example", "guest@hotel.example", "no@x.example", "undefined@x.example",
            "mcfly@hillvalley.edu",
        ])
    func real(text: String) throws {
        #expect(try !isBlocked(email: text))
    }
}
