import Foundation
import Identifiers

@testable import API
@testable import Identity

/// What we take is JSON for Foundation, too, and says there what it says here; and an observation written down as
/// a request's body is that observation again.
func checkRequestBody(_ bytes: [UInt8]) throws {
    guard let body = try? RequestBody(bytes) else { return }
    try checkAgreement(body.object, bytes)
    let rules: [IdentifierRule] = [
        .digits(.digitsAsWritten), .digits(PhoneKeyRule(defaultCountryCode: "91")!), .plans(nil), .plans(.init("IN")),
    ]
    for reader in rules.map({ IdentifierReader($0, remembering: 1) }) {
        guard let observation = try? ObservedBody(body, reader: reader).observation() else { continue }
        let written = JSONWriter.object { writer in
            writer.member("email", orNull: observation.email?.text)
            writer.member("phoneNumber", orNull: observation.phone?.text)
        }
        guard let again = try? ObservedBody(RequestBody(written), reader: reader).observation() else {
            throw Violation("an observation is refused when it comes again")
        }
        try require(again.email == observation.email, "an e-mail changes when it comes again")
        try require(again.phone?.text == observation.phone?.text, "a phone changes when it comes again")
        try require(again.phone?.key == observation.phone?.key, "a phone's key changes when it comes again")
    }
}

/// Foundation refuses numbers that a double can't hold, and that is no news.
private func checkAgreement(_ object: JSONObject, _ bytes: [UInt8]) throws {
    let longNumber = bytes.split { !("0"..."9").contains(Unicode.Scalar($0)) }.contains { $0.count > 2 }
    guard !longNumber else { return }
    guard let reference = try? JSONSerialization.jsonObject(with: Data(bytes)) as? [String: Any] else {
        throw Violation("what Foundation refuses is taken")
    }
    for (name, value) in object.members {
        switch value {
        case .string(let text):
            let other = reference[name] as? String
            try require(other.map { Array($0.utf8) } == Array(text.utf8), "a string is read as another")
        case .null: try require(reference[name] is NSNull, "null is read for something else")
        case .number: try require(reference[name] is NSNumber, "a number is read for something else")
        case .bool(let flag): try require(reference[name] as? Bool == flag, "true or false is read for something else")
        case .numbers(let numbers):
            let other = reference[name] as? [NSNumber]
            try require(other?.count == numbers.count, "an array is read for something else")
        case .other: try require(reference[name] != nil, "a member is there that is not")
        }
    }
}
