/// A phone number: answered as it was first written, matched by its key.
public struct Phone: Sendable {
    public static let digits = 3...20
    public static let maximumBytes = 64

    /// As written, trimmed.
    public let text: String

    /// What makes two numbers one: the digits, by the `PhoneKeyRule` in force.
    public let key: String

    /// `nil` where nothing but white space was written: that is no phone, and no error.
    public init?(_ written: String, rule: PhoneKeyRule) throws(InvalidIdentifier) {
        let text = written.trimmed
        if text.isEmpty { return nil }
        guard text.utf8.count <= Phone.maximumBytes else {
            throw InvalidIdentifier(field: .phoneNumber, reason: "is longer than \(Phone.maximumBytes) bytes")
        }
        guard text.utf8.allSatisfy(\.mayStandInPhone) else {
            throw InvalidIdentifier(
                field: .phoneNumber, reason: "holds a character other than digits, spaces and + - . ( ) /")
        }
        guard Phone.digits.contains(text.utf8.count(where: \.isDigit)) else {
            throw InvalidIdentifier(
                field: .phoneNumber,
                reason: "needs \(Phone.digits.lowerBound) to \(Phone.digits.upperBound) digits")
        }
        self.text = text
        self.key = rule.key(of: text)
    }

    /// A phone read back from the database, which took it from the other initializer.
    public init(stored text: String, key: String) {
        self.text = text
        self.key = key
    }
}

extension UInt8 {
    fileprivate var mayStandInPhone: Bool { isDigit || "+-.()/ ".utf8.contains(self) }
}
