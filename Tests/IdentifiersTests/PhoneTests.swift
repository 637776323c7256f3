import Identifiers
import Identity
import Testing

@Suite("A phone number, by the second rule")
struct PhoneTests {
    @Test(
        "is the same with marks that are not seen, other blanks, dashes and digits",
        arguments: [
            "\u{202D}+447700900101\u{202C}", "\u{200E}+44 7700 900101", "+44\u{200B}7700\u{2060}900101",
            "\u{FEFF}+447700900101",
            "+44\u{A0}7700\u{202F}900\u{2009}101", "+44\u{3000}7700\u{205F}900101", "+44\t7700\n900101",
            "+44\u{1680}7700 900101",
            "+44\u{2011}7700\u{2013}900\u{2014}101", "+44\u{2212}7700\u{2010}900101", "+44\u{FE0F}7700\u{FE0E}900101",
            "+44\u{E0100}7700900101", "+44\u{AD}7700900101", "+44\u{34F}7700900101", "\u{2066}+447700900101\u{2069}",
            "+٤٤٧٧٠٠٩٠٠١٠١", "+۴۴۷۷۰۰۹۰۰۱۰۱", "+४४७७००९००१०१", "＋４４７７００９００１０１", "+৪৪৭৭০০৯০০১০১", "+๔๔๗๗๐๐๙๐๐๑๐๑",
            "+𝟒𝟒𝟕𝟕𝟎𝟎𝟗𝟎𝟎𝟏𝟎𝟏", "+44 ٧٧٠٠ 900101", "＋４４（０）７７００　９００１０１", "+44.7700.900101", "[+44] 7700/900101",
            "'+447700900101", "\"+44 7700 900101\"", "“+447700900101”", "+447700900101,", "+447700900101.",
            "+447700900101;",
            "tel:+447700900101", "☎ +44 7700 900101", "📞\u{FE0F}+447700900101", "+447700900101 ✆",
            "TEL:+44-7700-900101",
        ])
    func same(text: String) throws {
        #expect(try key(text) == "447700900101")
        #expect(try key(text, "GB") == "447700900101")
        #expect(try key(text, "US") == "447700900101")
    }

    /// From the numbering plans that the ITU publishes (E.164 National Numbering Plans), and E.164 itself.
    @Test(
        "is the same behind national prefixes, exit codes and country codes of its region",
        arguments: [
            (
                "GB", "442071838750",
                ["+44 (0)20 7183 8750", "+44 020 7183 8750", "020 7183 8750", "0044 20 7183 8750", "(020) 7183-8750"]
            ),
            (
                "IN", "919876543210",
                ["919876543210", "09876543210", "91-9876543210", "9876543210", "0091 98765 43210", "+91 098765 43210"]
            ),
            ("IT", "390612345678", ["06 1234 5678", "+39 06 1234 5678", "0039 06 12345678"]),
            (
                "RU", "79021110001",
                ["8 902 111-00-01", "79021110001", "+7 902 111-00-01", "8 10 7 902 111 00 01", "8~10 7 902 111 00 01"]
            ),
            ("HU", "36201234567", ["06 20 123 4567", "+36 20 123 4567", "0036 20 123 4567"]),
            ("US", "12025550140", ["1 202 555 0140", "(202) 555-0140", "202.555.0140", "12025550140"]),
            ("US", "442071838750", ["011 44 20 7183 8750", "+44 20 7183 8750", "442071838750"]),
            ("AU", "442071838750", ["0011 44 20 7183 8750"]),
            ("AU", "61491570156", ["0491 570 156", "+61 491 570 156", "61491570156"]),
            ("MX", "523312345678", ["+52 1 33 1234 5678", "+52 33 1234 5678", "33 1234 5678"]),
            ("FR", "33123456789", ["01 23 45 67 89", "+33 1 23 45 67 89", "0033123456789", "+33 (0)1 23 45 67 89"]),
            ("JP", "81312340001", ["０３１２３４０００１", "03-1234-0001", "010 81 3 1234 0001"]),
            ("DK", "4520255501", ["20.25.55.01", "20 25 55 01", "+45 20 25 55 01", "20255501"]),
            ("TR", "905321234567", ["0532 123 45 67", "+90 532 123 45 67", "5321234567"]),
            ("BR", "5511912345678", ["011 91234-5678", "(11) 91234-5678", "+55 11 91234 5678"]),
        ])
    func dialled(region: String, expected: String, texts: [String]) throws {
        for text in texts { #expect(try key(text, region) == expected, "\(text)") }
    }

    @Test(
        "has its digits for a key where it is no possible number",
        arguments: [
            ("", "123456", "123456"), ("", "919191", "919191"), ("", "717171", "717171"), ("", "007", "007"),
            ("", "2025550101", "2025550101"), ("", "(555) 0100", "5550100"), ("", "0049/30.901820", "004930901820"),
            ("", "+123456", "123456"), ("US", "123456", "123456"), ("US", "919191", "919191"),
            ("US", "717171", "717171"),
            ("US", "123", "123"), ("", "123456789012345", "123456789012345"), ("", "20255501 ext 7", "20255501x7"),
            ("", "1999-02-30", "19990230"), ("", "12.34.56", "123456"), ("", "31-12-99", "311299"),
            ("", "31.12.99", "311299"),
            ("", "9999.12.31", "99991231"), ("", "99.99.99.999", "999999999"), ("", "192.168.1.300", "1921681300"),
            ("", "20.25.55.01", "20255501"), ("", "20 25 55 01", "20255501"), ("", "555.01", "55501"),
        ])
    func digits(region: String, text: String, expected: String) throws {
        #expect(try key(text, region) == expected)
    }

    /// The decision about short numbers (docs/decisions): lengths of local numbers, from libphonenumber's metadata.
    @Test(
        "of the task is a number in each region, with a country code where local numbers may be as long",
        arguments: [
            ("IN", "91"), ("GB", "44"), ("DE", "49"), ("AU", "61"), ("IT", "39"), ("JP", ""), ("US", ""), ("CA", ""),
            ("FR", ""),
            ("ES", ""), ("SG", ""), ("BR", ""), ("RU", ""), ("", ""),
        ])
    func short(region: String, code: String) throws {
        for text in ["123456", "919191", "717171"] {
            let key = try key(text, region)
            #expect(key == code + text)
            #expect(try !isBlocked(phone: text, region))
        }
    }

    @Test(
        "with an extension is another than without it, and than with another",
        arguments: ["US", ""])
    func extensions(region: String) throws {
        let texts = [
            "+1 415-555-0199 ext. 10001", "+1 415-555-0199 x10001", "+14155550199,10001", "+1 415-555-0199 #10001",
            "+1 415-555-0199 ;10001", "+1 415-555-0199 ~10001", "+1 415-555-0199 10001#",
            "+1 415-555-0199 Extension: 10001",
            "+1 (415) 555-0199 EXT10001", "+1 415 555 0199 x\u{A0}10001", "+1 415 555 0199 ｘ１０００１",
            "+1 415-555-0199 ext ١٠٠٠١", "tel:+1-415-555-0199;ext=10001", "+1 415-555-0199 anexo 10001",
            "+1 415-555-0199 (ext. 10001)", "+1 415-555-0199 (x10001)",
            "+1 415-555-0199 int 10001",
        ]
        for text in texts { #expect(try key(text, region) == "14155550199x10001", "\(text)") }
        #expect(try key("+1 415-555-0199 x10002", region) == "14155550199x10002")
        #expect(try key("+1 415-555-0199 x010002", region) == "14155550199x010002")
        #expect(try key("+1 415-555-0199", region) == "14155550199")
    }

    @Test(
        "is not a value of another column, two numbers, words, or too long or short",
        arguments: [
            "2025550105.0", "2025550123.00", "20255501.5", "+2025550123.0", "２０２５５５０１２３．０", "2025550123.000",
            "202 555 0123.0",
            "1999-12-31", "2024-02-29", "1999-1-2", "31.12.1999", "1.2.1999", "12/31/1999", "31/12/1999", "1999/12/31",
            "31-12-1999", "31/12/99", "12/31/99",
            "1999‑12‑31", "１９９９-12-31", "1999-12-31 00:00:00", "1999-12-31T10:00:00Z",
            "192.168.1.10", "192.168.001.001", "10.0.0.1", "8.8.8.8", "255.255.255.255", "10.0.0.0/8", "192.168.1.1:80",
            "::1",
            "2025550107 / 2025550108", "2025550107/2025550108", "555-0107 / 555-0108", "+12025550107 +12025550108",
            "2025550107;2025550108",
            "2025550107, 2025550108", "20255501,20255502", "5550107,5550108", "2025550107 or 2025550108",
            "2025550107|2025550108",
            "2025550107 & 2025550108", "+12025550107+12025550108", "2025550107 2025550108", "2025550107 x 2025550108",
            "2,025,550,123", "2'025'550'123", "2.02555E+09", "9.19877E+11", "2025550123e5", "0x7F000001",
            "N/A", "none", "null", "[object Object]", "NaN", "Infinity", "-", "+", "()", "x", "ext. 5", "tel:",
            "call me", "a2025550123",
            "202-555-01XY", "202-XXX-XXXX", "202-555-0101 (5)x", "(2025550101 x5)", "2025550123 Ann", "home 2025550123",
            "2025550123 (home)", "2025550123m", "***-***-1234",
            "202*5550123", "2025550123?", "{{phone}}",
            "%2B12025550123", "+1_202_555_0123", "ann@hill.example", "12", "1", "0", "1234567890123456",
            "+1234567890123456",
            "2025550123\u{0}", "2025\u{8}550123", "²⁰²⁵⁵⁵⁰¹²³", "Ⅻ2025550123", "½", "二〇二五五五〇一二三",
            "2025550123 ext 1234567890123456",
            "$2025550123", "=2025550123", "0..1", "#",
        ], ["", "US", "GB"])
    func refused(text: String, region: String) throws {
        let error = try #require(throws: InvalidIdentifier.self, "\(text)") { try reader(region).phone(text) }
        #expect(error.field == .phoneNumber)
        #expect(!error.reason.contains("2025550"))
    }

    @Test(
        "with nothing to be seen is absent",
        arguments: ["", " ", "\u{200B}", "\u{A0}\u{FEFF}\t", "\u{202D}\u{202C}", "\u{3164}"])
    func absent(text: String) throws {
        #expect(try key(text) == nil)
    }

    @Test("is answered as written, but for what is not seen and blanks around it")
    func written() throws {
        for (written, text) in [
            (" \u{202D}+44 (0)20\u{2011}7183 8750\u{202C}\u{A0}", "+44 (0)20\u{2011}7183 8750"),
            ("+1\u{FE0F}-555-555-0102", "+1-555-555-0102"), ("+44\t7700\r\n900101", "+44 7700  900101"),
            ("\u{FEFF}020 7183\u{200B}8750", "020 71838750"), ("٠٢٠٧١٨٣٨٧٥٠", "٠٢٠٧١٨٣٨٧٥٠"),
        ] {
            #expect(try reader("GB").phone(written)?.text == text)
        }
        #expect(throws: InvalidIdentifier.self) { try key("+44" + String(repeating: " ", count: 60) + "2071838750") }
    }

    @Test("has a key that the next reading of what is answered gives again, remembered or not")
    func again() throws {
        let reader = IdentifierReader(.plans(IdentifierRule.Region("GB")), remembering: 2)
        for text in [
            "020 7183 8750", "020 7183 8751", "020 7183 8752", "020 7183 8750", "020 7183 8752", "020 7183 8750x1",
        ] {
            let phone = try #require(try reader.phone(text))
            #expect(phone.key == "44" + text.filter { $0.isNumber || $0 == "x" }.dropFirst())
            #expect(try reader.phone(phone.text)?.key == phone.key)
        }
        // Equal for Swift's String, and not the same.
        #expect(try reader.phone("020 7183 8750;12")?.key == "442071838750x12")
        #expect(throws: InvalidIdentifier.self) { try reader.phone("020 7183 8750\u{37E}12") }
    }

    @Test(
        "is a placeholder where its national part is one digit or a run",
        arguments: [
            ("US", "1234567890"), ("US", "0123456789"), ("US", "+1 (555) 555-5555"), ("US", "0000000000"),
            ("US", "9999999999"),
            ("US", "555-5555"), ("US", "9876543210"), ("US", "1 111 111 1111"), ("US", "+1 (555) 555-5555 x5"),
            ("US", "+91 99999 99999"),
            ("IN", "+919999999999"), ("IN", "919999999999"), ("IN", "+910000000000"), ("IN", "1234567890"),
            ("IN", "00000000000"),
            ("IN", "09999999999"), ("", "+919999999999"), ("", "919999999999"), ("", "1234567890"), ("", "123456789"),
            ("", "987654321"),
            ("", "9876543210"), ("", "0987654321"), ("", "0000000"), ("", "٠١٢٣٤٥٦٧٨٩"), ("GB", "01234567890"),
            ("GB", "0123456789"),
            ("GB", "+44 7777 777777"), ("", "+1-234-567-8901"), ("", "111111111111111"), ("FR", "0123456789"),
            ("RU", "+7 777 777 77 77"),
        ])
    func placeholder(region: String, text: String) throws {
        #expect(try isBlocked(phone: text, region))
    }

    @Test(
        "is a real number otherwise",
        arguments: [
            ("", "123456"), ("", "12345678"), ("", "000000"), ("IN", "9876543210"), ("IN", "919876543210"),
            ("", "+91 98765 43210"),
            ("US", "2025550101"), ("US", "555-5556"), ("US", "+1 202 222 2222"), ("GB", "020 7777 7777"),
            ("", "2000000"), ("", "1357913579"), ("US", "111111"),
        ])
    func real(region: String, text: String) throws {
        #expect(try !isBlocked(phone: text, region))
    }

    @Test("has a region of ISO 3166-1 that libphonenumber knows, in capitals")
    func regions() {
        for code in ["GB", "US", "IN", "DE", "XK"] { #expect(IdentifierRule.Region(code)?.code == code) }
        for code in ["", "gb", "UK", "EU", "ZZ", "001", "GBR", "G", "U ", "91", "\u{FF27}B"] {
            #expect(IdentifierRule.Region(code) == nil)
        }
    }
}
