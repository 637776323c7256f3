/// An e-mail address as it is stored and matched: trimmed and lower-cased.
///
/// Two are equal when their bytes are, as in PostgreSQL's "C" collation. (Swift's `String` would
/// also call a composed and a decomposed "é" equal, and the rules would disagree with the indexes.)
public struct Email: Hashable, Sendable {
    public static let maximumBytes = 254

    public let text: String

    /// By the first rule. `nil` where nothing but white space was written: that is no e-mail, and no error.
    public init?(_ written: String) throws(InvalidIdentifier) {
        let trimmed = written.trimmed
        if trimmed.isEmpty { return nil }
        let text = trimmed.lowercased()
        guard text.utf8.count <= Email.maximumBytes else {
            throw InvalidIdentifier(field: .email, reason: "is longer than \(Email.maximumBytes) bytes")
        }
        guard !text.unicodeScalars.contains(where: \.isSpaceOrControl) else {
            throw InvalidIdentifier(field: .email, reason: "holds white space or a control character")
        }
        let parts = text.utf8.split(separator: UInt8(ascii: "@"), omittingEmptySubsequences: false)
        guard parts.count == 2, parts.allSatisfy({ !$0.isEmpty }) else {
            throw InvalidIdentifier(field: .email, reason: "needs one @ between two parts that are not empty")
        }
        self.text = text
    }

    /// An e-mail as another rule read it, or as the database has it.
    public init(stored text: String) {
        self.text = text
    }

    public static func == (one: Email, other: Email) -> Bool {
        one.text.hasSameBytes(as: other.text)
    }

    public func hash(into hasher: inout Hasher) {
        var text = text
        text.withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
    }
}
