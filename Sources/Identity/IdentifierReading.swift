/// Reads what people write as an e-mail or a phone number, by one rule: the same text is the same identifier. `nil` is
/// a text with nothing to be seen in it.
public protocol IdentifierReading {
    func email(_ written: String) throws(InvalidIdentifier) -> Email?
    func phone(_ written: String) throws(InvalidIdentifier) -> Phone?
}

/// The first rule: lower case, and digits.
extension PhoneKeyRule: IdentifierReading {
    public func email(_ written: String) throws(InvalidIdentifier) -> Email? { try Email(written) }

    public func phone(_ written: String) throws(InvalidIdentifier) -> Phone? { try Phone(written, rule: self) }
}
