internal import CIdentifiers
public import Identity

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

        /// `nil` where libphonenumber knows no numbers of such a region. The code is in capitals.
        public init?(_ code: String) {
            guard code.utf8.count == 2, ci_is_region(code) else { return nil }
            self.code = code
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

    /// Of the libraries in this process.
    public static func loaded() -> LibraryVersions {
        LibraryVersions(
            phoneNumbers: withUnsafeTemporaryAllocation(of: CChar.self, capacity: 64) { version in
                ci_phone_version(version.baseAddress)
                return String(cString: version.baseAddress!)
            },
            unicode: withUnsafeTemporaryAllocation(of: CChar.self, capacity: 20) { version in
                ci_unicode_version(version.baseAddress)
                return String(cString: version.baseAddress!)
            })
    }
}
