/// What one request says: an e-mail, a phone, or both, of one person.
public struct Observation: Sendable {
    public let email: Email?
    public let phone: Phone?

    /// `nil` where neither is given: nothing was observed.
    public init?(email: Email?, phone: Phone?) {
        if email == nil && phone == nil { return nil }
        self.email = email
        self.phone = phone
    }

    /// How many identifiers it has.
    public var count: Int { (email == nil ? 0 : 1) + (phone == nil ? 0 : 1) }

    public var isPair: Bool { count == 2 }

    /// What is left; `nil` where that is nothing.
    public func without(_ field: IdentifierField) -> Observation? {
        switch field {
        case .email: Observation(email: nil, phone: phone)
        case .phoneNumber: Observation(email: email, phone: nil)
        }
    }
}
