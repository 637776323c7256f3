/// How a phone number becomes its key. The database keeps the rule it was first used with, since
/// keys made by two rules would not match.
public struct PhoneKeyRule: Equatable, Sendable {
    /// Digits, such as "91"; empty where numbers are matched by the digits written.
    public let defaultCountryCode: String

    public static let digitsAsWritten = PhoneKeyRule(defaultCountryCode: "")!

    /// `nil` unless the code is empty or 1 to 3 digits that do not begin with 0 (ITU-T E.164, 6.2.1).
    public init?(defaultCountryCode code: String) {
        guard code.utf8.count <= 3, code.utf8.allSatisfy(\.isDigit), code.first != "0" else { return nil }
        defaultCountryCode = code
    }

    /// Without a country code: the digits, leading zeros and all. With one, the international
    /// number: `+…` and `00…` as dialled; anything else loses one leading 0 and gains the code.
    func key(of text: String) -> String {
        let digits = String(decoding: text.utf8.filter(\.isDigit), as: UTF8.self)
        if defaultCountryCode.isEmpty { return digits }
        if text.utf8.first(where: { $0 == UInt8(ascii: "+") || $0.isDigit }) == UInt8(ascii: "+") { return digits }
        if digits.hasPrefix("00") { return String(digits.dropFirst(2)) }
        return defaultCountryCode + (digits.hasPrefix("0") ? digits.dropFirst() : digits[...])
    }

    /// Whether the digits, their key, or what is left of it without the country code are a placeholder.
    func isPlaceholder(_ text: String, key: String) -> Bool {
        guard text.utf8.count >= PlaceholderPhone.repeated, PlaceholderPhone.mayEnd(key) else { return false }
        let isCoded = !defaultCountryCode.isEmpty && key.utf8.starts(with: defaultCountryCode.utf8)
        let national = isCoded ? key.dropFirst(defaultCountryCode.utf8.count) : key[...]
        return [String(decoding: text.utf8.filter(\.isDigit), as: UTF8.self)[...], key[...], national].contains {
            PlaceholderPhone.matches($0)
        }
    }
}
