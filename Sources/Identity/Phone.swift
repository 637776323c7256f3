/// A phone number: answered as it was first written, matched by its key.
public struct Phone: Sendable {
    /// By the first rule.
    public static let digits = 3...20
    public static let maximumBytes = 64

    /// As written, trimmed.
    public let text: String

    /// What makes two numbers one, by the rule in force.
    public let key: String

    /// Whether it is one that many people type, as `PlaceholderPhone` says: false of a phone from the database.
    public let isPlaceholder: Bool

    /// By the first rule. `nil` where nothing but white space was written: that is no phone, and no error.
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
        self.isPlaceholder = rule.isPlaceholder(text, key: key)
    }

    /// What another rule read.
    public init(text: String, key: String, isPlaceholder: Bool) {
        self.text = text
        self.key = key
        self.isPlaceholder = isPlaceholder
    }

    /// A phone read back from the database, which took it from another initializer.
    public init(stored text: String, key: String) {
        self.init(text: text, key: key, isPlaceholder: false)
    }
}

extension UInt8 {
    fileprivate var mayStandInPhone: Bool { isDigit || "+-.()/ ".utf8.contains(self) }
}
