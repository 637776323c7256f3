import Foundation
import Identifiers
import Identity
import Testing

@Suite("Inputs of public bug reports")
struct PublishedCaseTests {
    struct Case: Decodable, CustomTestStringConvertible {
        let region: String
        let kind: String
        let field: String
        let values: [String]
        let source: String

        var testDescription: String { "\(region) \(kind): \(source)" }

        /// What two of them are matched by; `nil` where the text is invalid.
        func match(_ value: String) throws -> String? {
            do {
                return field == "email" ? try address(value) : try key(value, region)
            } catch is InvalidIdentifier {
                return nil
            }
        }
    }

    private static let cases = try! JSONDecoder().decode([Case].self, from: Data(PackageResources.identifiers_json))

    @Test("are read as they should be", arguments: cases)
    func published(_ one: Case) throws {
        let matches = try one.values.map(one.match)
        switch one.kind {
        case "same": #expect(Set(matches).count == 1 && matches[0] != nil, "\(matches)")
        case "apart": #expect(Set(matches.compactMap(\.self)).count == matches.compactMap(\.self).count, "\(matches)")
        case "invalid": #expect(matches.allSatisfy { $0 == nil }, "\(matches)")
        case "blocked":
            for value in one.values {
                let isEmail = one.field == "email"
                #expect(
                    try isBlocked(email: isEmail ? value : nil, phone: isEmail ? nil : value, one.region), "\(value)")
            }
        default: Issue.record("another kind: \(one.kind)")
        }
        // No real number is taken for a placeholder.
        if one.kind == "same" || one.kind == "apart" {
            for value in one.values where try one.match(value) != nil {
                let isEmail = one.field == "email"
                #expect(
                    try !isBlocked(email: isEmail ? value : nil, phone: isEmail ? nil : value, one.region), "\(value)")
            }
        }
    }
}
