import Identifiers
import Identity
import PhoneOracle
import TestSupport
import Testing

/// The right values are libphonenumber's own, asked without code of ours between.
@Suite("A phone number is read as libphonenumber reads it")
struct LibphonenumberTests {
    private static let regions = string(2048, oracle_regions).split(separator: " ").map(String.init)

    /// A C string that a function writes.
    private static func string(_ room: Int, _ write: (UnsafeMutablePointer<CChar>) -> Void) -> String {
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: room) { text in
            text.initialize(repeating: 0)
            write(text.baseAddress!)
            return String(cString: text.baseAddress!)
        }
    }

    private static func example(_ region: String, isMobile: Bool, format: Int32) -> String {
        string(64) { if !oracle_example(region, isMobile, format, $0) { $0[0] = 0 } }
    }

    private static func oracle(_ text: String, _ region: String) -> String? {
        var isRead = false
        var suffix = ""
        let number = string(64) { number in
            suffix = string(64) { suffix in isRead = oracle_read(text, region.isEmpty ? "ZZ" : region, number, suffix) }
        }
        return isRead ? String(number.dropFirst()) + (suffix.isEmpty ? "" : "x\(suffix)") : nil
    }

    @Test("in each region, in each format that it writes", arguments: regions)
    func examples(region: String) throws {
        let reader = try reader(region)
        for isMobile in [false, true] {
            let expected = Self.example(region, isMobile: isMobile, format: 0).dropFirst()
            guard !expected.isEmpty else { continue }
            for format: Int32 in 0...3 {
                let text = Self.example(region, isMobile: isMobile, format: format)
                #expect(try reader.phone(text)?.key == String(expected), "\(text)")
            }
        }
    }

    private static let seeds: [UInt64] = [1, 2, 3, 4]

    /// Numbers of a region with marks anywhere, and extensions: what libphonenumber calls possible, we read as the same.
    @Test("with marks anywhere and extensions", arguments: seeds)
    func marks(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let extensions = [
            "", "", "", " ext. 12", "x12", ",12", ";ext=12", "#12", " 12#", " extension 12", " доб. 12", ",,1234567890",
        ]
        var possible = 0
        for _ in 0..<2000 {
            let region = ["US", "GB", "IN", "DE", "IT", "RU", "HU", "AU", "BR", "MX", "AR", "JP", ""].randomElement(
                using: &random)!
            let prefix = ["", "+", "00", "011", "0", "1", "8", "06", "+44 (0)", "+39 0", "+1 ", "+91", "91", "+52 1 "]
                .randomElement(using: &random)!
            let digits = (0..<Int.random(in: 3...12, using: &random)).map { _ in
                let mark = ["", "", "", "", " ", "-", ".", "(", ")", "/"].randomElement(using: &random)!
                return "\(mark)\(Int.random(in: 0...9, using: &random))"
            }
            let text = prefix + digits.joined() + extensions.randomElement(using: &random)!
            guard let expected = Self.oracle(text, region), (3...15).contains(expected.prefix { $0 != "x" }.count),
                let key = try? key(text, region)
            else { continue }
            possible += 1
            #expect(key == expected, "\(region) \(text)")
        }
        #expect(possible > 400)
    }

    /// libphonenumber's own tests (phonenumberutil_test.cc: ParseNationalNumber, ParseNumbersWithPlusWithNoRegion,
    /// ParseExtensions, and the others named Parse…).
    @Test(
        "of its own tests",
        arguments: [
            (
                "NZ", "6433316005",
                [
                    "033316005", "33316005", "03-331 6005", "03 331 6005", "0064 3 331 6005", "+64 3 331 6005",
                    "+0064 3 331 6005", "+ 00 64 3 331 6005",
                ]
            ),
            ("US", "6433316005", ["01164 3 331 6005", "+64 3 331 6005", "+01164 3 331 6005"]),
            ("", "6433316005", ["+64 3 331 6005", "＋64 3 331 6005", "tel:+64-3-331-6005", "(+64) 3 331 6005"]),
            ("NZ", "6464123456", ["64(0)64123456"]),
            (
                "NZ", "6433316005x3456",
                ["03 331 6005 ext 3456", "03-3316005x3456", "03-3316005 int.3456", "03 3316005 #3456"]
            ),
            ("DE", "4912345678", ["123/45678"]),
            (
                "US", "16502530000",
                [
                    "(650) 253-0000", "1 (650) 253-0000", "1-650-253-0000", "（６５０） ２５３－００００",
                    "＋１　（６５０）　２５３－００００", "6502530000", "1-650-253-0000",
                ]
            ),
            ("PL", "16502530000", ["+1 (650) 253-0000", "001-650-253-0000"]),
            ("SG", "16502530000", ["+1 (650) 253\u{AD}-0000", "＋１　（６５０）　２５３ー００００"]),
            ("GB", "447912345678", ["+44 7912345678", "07912 345678", "+44 (0)7912 345678"]),
            ("AR", "5493435551212", ["+54 9 343 555 1212", "0343 15 555 1212"]),
            ("AR", "5493715654320", ["+54 9 3715 65 4320", "03715 15 65 4320"]),
            ("AR", "541137970000", ["+54 11 3797 0000", "011 3797 0000"]),
            ("MX", "524499780001", ["+52 (449)978-0001", "01 (449)978-0001", "(449)978-0001"]),
            ("IT", "390236618300", ["+39 02-36618 300", "02-36618 300"]),
            ("IT", "39312345678", ["+39 312 345 678", "312 345 678"]),
            ("AU", "61236618300", ["+61 2 3661 8300"]),
            (
                "GB", "442034567890x456",
                [
                    "+44 2034567890x456", "+44 2034567890x456", "+44 2034567890 x456",
                    "+44 2034567890 X456", "+44 2034567890 X 456", "+44 2034567890 x  456", "+44 2034567890  X 456",
                    "+44-2034567890;ext=456", "tel:+44-2034567890;ext=456", "+442034567890ｅｘｔｎ456",
                    "+442034567890ｘｔｎ456",
                    "+442034567890ｘｔ456",
                ]
            ),
            (
                "US", "18009013355x7246433",
                [
                    "(800) 901-3355 x 7246433", "(800) 901-3355 , ext 7246433",
                    "(800) 901-3355 ; 7246433", "(800) 901-3355 ,extension 7246433",
                    "(800) 901-3355 ,extensión 7246433",
                    "(800) 901-3355 ,extensio\u{301}n 7246433", "(800) 901-3355 , 7246433",
                    "(800) 901-3355 ext: 7246433",
                ]
            ),
            (
                "RU", "74232022511x100",
                [
                    "8 (423) 202-25-11, доб. 100", "8 (423) 202-25-11 доб 100", "8 (423) 202-25-11 ДОБ. 100",
                    "8 (423) 202-25-11, ДОБ 100",
                ]
            ),
            ("US", "18003569377", ["1-800-FLOWERS", "1800 356 9377", "1 800 flowers"]),
            ("KR", "82226412345", ["+82 2-2641-2345", "02-2641-2345"]),
        ])
    func published(region: String, expected: String, texts: [String]) throws {
        for text in texts { #expect(try key(text, region) == expected, "\(text)") }
    }
}
