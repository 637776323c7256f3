/// An identifier's place in a request, by the name it has there.
public enum IdentifierField: String, CaseIterable, Sendable {
    case email
    case phoneNumber
}

/// An identifier that cannot be one. Says what is wrong with it, and never holds its value.
public struct InvalidIdentifier: Error, Equatable, Sendable {
    public let field: IdentifierField

    /// Goes on after the field's name: "needs 3 to 20 digits".
    public let reason: String

    public init(field: IdentifierField, reason: String) {
        self.field = field
        self.reason = reason
    }
}
