public import Identity

/// Reads e-mails and phone numbers by a rule, and remembers the numbers that it read: reading one anew costs fifty times
/// as much. Deliberately not Sendable: each thread has its own, and no lock.
public final class IdentifierReader: IdentifierReading {
    public let rule: IdentifierRule

    private var known: RecentValues<Phone>

    /// - Parameter remembering: How many phone numbers are remembered at most, at about 300 bytes each.
    public init(_ rule: IdentifierRule, remembering limit: Int = 16_384) {
        self.rule = rule
        self.known = RecentValues(limit: limit)
        // The numbering plans are loaded by the first who asks: not by a request.
        if case .plans = rule { _ = NumberingPlan.read("+1", region: nil) }
    }

    /// By the rule of `EmailText`.
    public func email(_ written: String) throws(InvalidIdentifier) -> Email? {
        switch rule {
        case .digits(let rule):
            return try rule.email(written)
        case .plans:
            if let email = Email(plainASCII: written) { return email }
            return try EmailText(written).map { text throws(InvalidIdentifier) in try text.email() }
        }
    }

    /// By the rule of `PhoneText`.
    public func phone(_ written: String) throws(InvalidIdentifier) -> Phone? {
        switch rule {
        case .digits(let rule): return try rule.phone(written)
        case .plans(let region):
            if let phone = known[written] { return phone }
            guard let text = PhoneText(written) else { return nil }
            let phone = try text.phone(region: region)
            // Marks that are not seen may make a text of any length.
            if written.utf8.count <= Phone.maximumBytes { known[written] = phone }
            return phone
        }
    }
}
