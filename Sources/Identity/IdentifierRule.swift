/// How what people write becomes an identifier. A database keeps the rule that it was filled under, since identifiers
/// read by two rules would not match.
public enum IdentifierRule: Equatable, Sendable {
    /// Version 1: lower case, and digits.
    case digits(PhoneKeyRule)
    /// Version 2: e-mails by RFC 5321, RFC 6532 and UTS 46; phone numbers by the numbering plans of their countries.
    case plans(Region?)

    public var version: Int {
        switch self {
        case .digits: 1
        case .plans: 2
        }
    }

    /// Whose numbers may be written without their country code.
    public struct Region: Equatable, Sendable {
        /// ISO 3166-1 alpha-2, such as "GB".
        public let code: String

        /// - Parameter code: Of a region that has numbers, as somebody else has seen.
        public init(known code: String) {
            self.code = code
        }
    }
}

/// As logs and errors name it.
extension IdentifierRule: CustomStringConvertible {
    public var description: String {
        switch self {
        case .digits(let rule): "1, with DEFAULT_COUNTRY_CODE='\(rule.defaultCountryCode)'"
        case .plans(let region): "2, with DEFAULT_REGION='\(region?.code ?? "")'"
        }
    }
}

/// What the second rule reads with. Hosts that have other versions may read a few texts as other identifiers.
public struct LibraryVersions: Equatable, Sendable {
    /// libphonenumber's, "8.12", and a fingerprint of the numbering plans that it has: they change more often.
    public let phoneNumbers: String
    /// ICU's, such as "72.1".
    public let unicode: String

    public init(phoneNumbers: String, unicode: String) {
        self.phoneNumbers = phoneNumbers
        self.unicode = unicode
    }
}

extension LibraryVersions: CustomStringConvertible {
    public var description: String { "libphonenumber \(phoneNumbers), ICU \(unicode)" }
}

/// What the settings of a program say about the rule. A database that has one goes before them: they are checked against
/// it.
public struct RuleSettings: Equatable, Sendable {
    /// DEFAULT_REGION.
    public var region: IdentifierRule.Region?
    /// DEFAULT_COUNTRY_CODE, for databases of the first rule alone. `nil` where it is not set.
    public var countryCode: PhoneKeyRule?
    /// The region that has the country code, as the second rule would have it.
    public var regionOfCountryCode: IdentifierRule.Region?
    /// Those of this host.
    public var libraries: LibraryVersions

    public init(libraries: LibraryVersions) {
        self.libraries = libraries
    }

    /// Where there is no database to ask: that of a new one.
    public var assumed: IdentifierRule { countryCode.map(IdentifierRule.digits) ?? .plans(region) }
}
