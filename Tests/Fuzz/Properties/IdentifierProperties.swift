import Identifiers
import Identity

/// What is read of an e-mail is stored and answered, so it must be read as itself; and it has the form that the
/// database's constraints and the mailbox's host expect.
func checkEmail(_ bytes: [UInt8]) throws {
    let reader = IdentifierReader(.plans(nil), remembering: 1)
    guard let email = try? reader.email(String(decoding: bytes, as: UTF8.self)) else { return }
    guard let again = try? reader.email(email.text) else { throw Violation("an e-mail is refused when it comes again") }
    try require(again == email, "an e-mail changes when it comes again")
    try require(email.text.utf8.count <= Email.maximumBytes, "an e-mail is too long")
    let isClean = email.text.unicodeScalars.allSatisfy { scalar in
        !scalar.properties.isWhitespace && ![.control, .format].contains(scalar.properties.generalCategory)
            && !("A"..."Z").contains(scalar)
    }
    try require(isClean, "an e-mail holds what can't be seen, or a capital")
    try require(email.text.utf8.count { $0 == UInt8(ascii: "@") } == 1, "an e-mail has not one @")
}

/// What is answered of a phone is read as the same number; and its key is digits, with an x and digits if it has an
/// extension.
///
/// The first byte says of which region it is.
func checkPhone(_ bytes: [UInt8]) throws {
    guard let first = bytes.first else { return }
    let reader = IdentifierReader(.plans(regions[Int(first) % regions.count]), remembering: 1)
    guard let phone = try? reader.phone(String(decoding: bytes.dropFirst(), as: UTF8.self)) else { return }
    guard let again = try? reader.phone(phone.text) else { throw Violation("a phone is refused when it comes again") }
    try require(again.text == phone.text && again.key == phone.key, "a phone changes when it comes again")
    try require(again.isPlaceholder == phone.isPlaceholder, "a phone is blocked the second time alone")
    try require(phone.text.utf8.count <= Phone.maximumBytes, "a phone is too long")
    let parts = phone.key.split(separator: "x", omittingEmptySubsequences: false)
    try require(parts.count <= 2 && (3...15).contains(parts[0].utf8.count), "a key has not 3 to 15 digits")
    try require(parts.allSatisfy { (1...15).contains($0.utf8.count) }, "an extension has not 1 to 15 digits")
    try require(parts.joined().utf8.allSatisfy { (0x30...0x39).contains($0) }, "a key holds what is no digit")
}

private let regions =
    [nil] + ["US", "GB", "IN", "DE", "IT", "RU", "MX", "BR", "AR", "JP"].map(IdentifierRule.Region.init)
