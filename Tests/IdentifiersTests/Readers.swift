import Identifiers
import Identity
import Testing

/// Reads by the second rule. An empty region is none.
func reader(_ region: String = "") throws -> IdentifierReader {
    let known = IdentifierRule.Region(region)
    try #require(region.isEmpty || known != nil)
    return IdentifierReader(.plans(known))
}

/// The key that a phone number is matched by.
func key(_ written: String, _ region: String = "") throws -> String? {
    try reader(region).phone(written)?.key
}

/// An e-mail as it is stored and matched.
func address(_ written: String) throws -> String? {
    try reader().email(written)?.text
}

/// Whether the built-in list takes it out.
func isBlocked(email: String? = nil, phone: String? = nil, _ region: String = "") throws -> Bool {
    let reader = try reader(region)
    let observation = Observation(
        email: try email.flatMap { text throws(InvalidIdentifier) in try reader.email(text) },
        phone: try phone.flatMap { text throws(InvalidIdentifier) in try reader.phone(text) })
    return BlockList.builtIn(reader: reader).screen(try #require(observation)).observation == nil
}
