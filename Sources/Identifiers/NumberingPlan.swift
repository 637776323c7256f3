internal import CIdentifiers
internal import Identity

/// What libphonenumber knows of numbers.
enum NumberingPlan {
    struct Number {
        /// E.164 without its +.
        let digits: String
        /// `digits` without the country code.
        let national: String
    }

    /// A number that is possible: as long as numbers of its country are. `nil` where the text, digits behind a + or such
    /// as are dialled in the region, is none.
    static func read(_ text: String, region: IdentifierRule.Region?) -> Number? {
        var text = text
        var phone = ci_phone()
        let isRead = text.withUTF8 { bytes in
            ci_read_phone(bytes.baseAddress, bytes.count, region?.code ?? "ZZ", &phone)
        }
        guard isRead else { return nil }
        return Number(
            digits: withUnsafeBytes(of: phone.number, string), national: withUnsafeBytes(of: phone.national, string))
    }

    /// Whether a number, E.164 without its +, belongs to a range that its country has given out.
    static func isAssigned(_ digits: String) -> Bool {
        var digits = digits
        return digits.withUTF8 { ci_is_assigned($0.baseAddress, $0.count) }
    }

    private static func string(_ field: UnsafeRawBufferPointer) -> String {
        String(decoding: field.prefix { $0 != 0 }, as: UTF8.self)
    }
}
