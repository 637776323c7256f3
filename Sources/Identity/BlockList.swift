/// Identifiers that belong to no single customer: a shop's own phone, or an address typed to get past a form. Each would tie
/// strangers together, so they count as absent.
///
/// It is written as lines; empty ones and `#` comments are ignored:
///
///     email ADDRESS
///     email *@DOMAIN       all of a domain
///     email NAME@*         a name at any domain
///     phone NUMBER
///     group placeholders   phone numbers by `PlaceholderPhone`
///     group roles          the mailboxes of RFC 2142, such as info@ and sales@
///     builtin off          not the built-in list, to which these lines add
public struct BlockList: Sendable {
    private var emails: Set<Email> = []
    /// Of which all e-mails are blocked, each as `@DOMAIN`.
    private var domains: Set<Substring> = []
    /// Names that are blocked at any domain.
    private var names: Set<Substring> = []
    /// As they are written in the list, by their keys.
    private var phones: [String: String] = [:]
    private var blocksPlaceholders = false

    /// The built-in list and the lines of a file.
    public init(file text: String, reader: some IdentifierReading) throws(BlockListError) {
        try self.init(text, reader: reader, addingTo: .builtIn(reader: reader))
    }

    private init() {}

    init(_ text: String, reader: some IdentifierReading, addingTo base: BlockList?) throws(BlockListError) {
        let lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).map(Line.init)
        self = lines.contains(Line("builtin off")) ? BlockList() : base ?? BlockList()
        for (index, line) in lines.enumerated() where !line.kind.isEmpty && !line.kind.hasPrefix("#") {
            do {
                try block(line, reader)
            } catch {
                throw BlockListError(line: index + 1, problem: error.reason)
            }
        }
    }

    private struct Line: Equatable {
        let kind: String
        let value: String

        init(_ text: Substring) {
            let words = text.split(maxSplits: 1, whereSeparator: \.isWhitespace)
            kind = words.first.map(String.init) ?? ""
            value = words.count == 2 ? String(words[1]).trimmed : ""
        }
    }

    private mutating func block(_ line: Line, _ reader: some IdentifierReading) throws(BadLine) {
        switch (line.kind, line.value) {
        case ("builtin", "off"): break
        case ("group", "placeholders"): blocksPlaceholders = true
        case ("group", "roles"): names.formUnion(BlockList.roles)
        case ("email", let pattern) where pattern.contains("*"): try block(pattern: pattern, reader)
        case ("email", let address): emails.insert(try BlockList.email(address, reader))
        case ("phone", let number):
            let phone = try BlockList.read { () throws(InvalidIdentifier) in try reader.phone(number) }
            phones[phone.key] = phone.text
        default: throw BadLine.unknown
        }
    }

    /// A * stands for all of a name, or all of a domain. Elsewhere it could match nothing.
    private mutating func block(pattern: String, _ reader: some IdentifierReading) throws(BadLine) {
        if pattern.hasPrefix("*@"), !pattern.dropFirst().contains("*") {
            domains.insert(try BlockList.email("name" + pattern.dropFirst(), reader).domain)
        } else if pattern.hasSuffix("@*"), !pattern.dropLast().contains("*") {
            names.insert(try BlockList.email(pattern.dropLast() + "domain.invalid", reader).name)
        } else {
            throw BadLine(reason: "can't match: a * stands for all of a name or all of a domain, NAME@* or *@DOMAIN")
        }
    }
    private static func email(_ text: String, _ reader: some IdentifierReading) throws(BadLine) -> Email {
        try read { () throws(InvalidIdentifier) in try reader.email(text) }
    }

    private static func read<Value>(_ value: () throws(InvalidIdentifier) -> Value?) throws(BadLine) -> Value {
        do {
            if let value = try value() { return value }
        } catch {
            throw BadLine(reason: error.reason)
        }
        throw .unknown
    }

    private struct BadLine: Error {
        let reason: String

        static let unknown = BadLine(
            reason:
                "is not: email ADDRESS, email *@DOMAIN, email NAME@*, phone NUMBER, group placeholders, group roles "
                + "or builtin off")
    }

    /// What is in force, as lines of a file that says the same.
    public var lines: [String] {
        let patterns = names.map { "email \($0)@*" } + domains.map { "email *\($0)" }
        return ["builtin off"] + (blocksPlaceholders ? ["group placeholders"] : []) + patterns.sorted()
            + emails.map { "email \($0.text)" }.sorted() + phones.values.map { "phone \($0)" }.sorted()
    }

    /// What is left of an observation, `nil` where that is nothing; and what was ignored.
    public func screen(_ observation: Observation) -> (observation: Observation?, ignored: [IdentifierField]) {
        let email = observation.email.flatMap { contains($0) ? nil : $0 }
        let phone = observation.phone.flatMap { contains($0) ? nil : $0 }
        var ignored: [IdentifierField] = []
        if email == nil && observation.email != nil { ignored.append(.email) }
        if phone == nil && observation.phone != nil { ignored.append(.phoneNumber) }
        return (Observation(email: email, phone: phone), ignored)
    }

    private func contains(_ email: Email) -> Bool {
        emails.contains(email) || domains.contains(email.domain) || names.contains(email.name)
    }

    private func contains(_ phone: Phone) -> Bool {
        blocksPlaceholders && phone.isPlaceholder || phones[phone.key] != nil
    }
}

extension Email {
    // Found by bytes, because each request asks for it, and characters cost much more.

    private var at: String.Index { text.utf8.firstIndex(of: UInt8(ascii: "@")) ?? text.startIndex }

    /// With its @.
    fileprivate var domain: Substring { text[at...] }

    /// What stands before the @.
    fileprivate var name: Substring { text[..<at] }
}

/// A list that can't be used. Quotes nothing of it but the line's number.
public struct BlockListError: Error, Equatable, CustomStringConvertible, Sendable {
    public let line: Int
    public let problem: String

    public var description: String { "line \(line) \(problem)" }
}
