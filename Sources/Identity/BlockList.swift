/// Identifiers that belong to no single customer: a shop's own phone, or an address typed to get past a form. Each would tie
/// strangers together, so they count as absent.
public struct BlockList: Sendable {
    private var emails: Set<Email> = []
    /// Of which all e-mails are blocked, each as `@DOMAIN`.
    private var domains: Set<Substring> = []
    private var phoneKeys: Set<String> = []

    /// - Parameter text: `email ADDRESS`, `email *@DOMAIN` or `phone NUMBER` a line; empty lines and `#` comments
    ///   are ignored.
    public init(_ text: String, rule: PhoneKeyRule) throws(BlockListError) {
        for (index, line) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated() {
            let words = line.split(maxSplits: 1, whereSeparator: \.isWhitespace)
            if words.isEmpty || words[0].hasPrefix("#") { continue }
            do {
                try block(words[0], words.count == 2 ? String(words[1]) : "", rule: rule)
            } catch {
                throw BlockListError(line: index + 1, problem: error.problem)
            }
        }
    }

    private mutating func block(_ kind: Substring, _ written: String, rule: PhoneKeyRule) throws(BadLine) {
        do {
            switch kind {
            case "email":
                if let email = try Email(written) {
                    if email.text.hasPrefix("*@") {
                        domains.insert(email.domain)
                    } else {
                        emails.insert(email)
                    }
                    return
                }
            case "phone":
                if let phone = try Phone(written, rule: rule) {
                    phoneKeys.insert(phone.key)
                    return
                }
            default: break
            }
        } catch {
            throw BadLine(problem: error.reason)
        }
        throw BadLine(problem: "is not: email ADDRESS, email *@DOMAIN or phone NUMBER")
    }

    private struct BadLine: Error {
        let problem: String
    }

    /// What is left of an observation, `nil` where that is nothing; and what was ignored.
    public func screen(_ observation: Observation) -> (observation: Observation?, ignored: [IdentifierField]) {
        let email = observation.email.flatMap { contains($0) ? nil : $0 }
        let phone = observation.phone.flatMap { phoneKeys.contains($0.key) ? nil : $0 }
        var ignored: [IdentifierField] = []
        if email == nil && observation.email != nil { ignored.append(.email) }
        if phone == nil && observation.phone != nil { ignored.append(.phoneNumber) }
        return (Observation(email: email, phone: phone), ignored)
    }

    private func contains(_ email: Email) -> Bool {
        emails.contains(email) || domains.contains(email.domain)
    }
}

extension Email {
    /// With its @. Found by bytes, because each request asks for it, and characters cost much more.
    fileprivate var domain: Substring {
        text[(text.utf8.firstIndex(of: UInt8(ascii: "@")) ?? text.startIndex)...]
    }
}

/// A list that can't be used. Quotes nothing of it but the line's number.
public struct BlockListError: Error, Equatable, CustomStringConvertible, Sendable {
    public let line: Int
    public let problem: String

    public var description: String { "line \(line) \(problem)" }
}
