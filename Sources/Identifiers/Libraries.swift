internal import CIdentifiers
public import Identity

extension IdentifierRule.Region {
    /// `nil` where libphonenumber knows no numbers of such a region. The code is in capitals.
    public init?(_ code: String) {
        guard code.utf8.count == 2, ci_is_region(code) else { return nil }
        self.init(known: code)
    }

    /// The region whose numbers have a country code; of those that share one, such as 1, the largest. `nil` where none has.
    public init?(countryCode: PhoneKeyRule) {
        guard let code = Int32(countryCode.defaultCountryCode) else { return nil }
        let region = withUnsafeTemporaryAllocation(of: CChar.self, capacity: 4) { region in
            ci_region_of(code, region.baseAddress)
            return String(cString: region.baseAddress!)
        }
        self.init(region)
    }
}

extension LibraryVersions {
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
