/// The keys of a file.
public struct KeyRing: Sendable {
    private let keys: [APIKey]

    /// - Parameter text: `name scope[,scope] [limit=N/s] sha256:…` a line; empty lines and `#` comments are ignored.
    ///   Without any key it is refused: a file that was emptied by mistake would lock all callers out.
    public init(_ text: String) throws(KeyFileError) {
        var keys: [APIKey] = []
        for (index, line) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated() {
            let words = line.split(whereSeparator: \.isWhitespace)
            if words.isEmpty || words[0].hasPrefix("#") { continue }
            func refusal(_ problem: String) -> KeyFileError { KeyFileError("line \(index + 1) \(problem)") }

            guard 3...4 ~= words.count else { throw refusal("is not: name scope[,scope] [limit=N/s] sha256:…") }
            guard APIKey.isValid(name: words[0]) else { throw refusal(APIKey.badName) }
            guard !keys.contains(where: { $0.name == words[0] }) else {
                throw refusal("has a name that is there already")
            }
            let scopes = words[1].split(separator: ",").compactMap { Scope(rawValue: String($0)) }
            guard scopes.count == words[1].count(where: { $0 == "," }) + 1 else {
                throw refusal(
                    "has an unknown scope; known are " + Scope.allCases.map(\.rawValue).joined(separator: ", "))
            }
            let limit = words.count == 4 ? RateLimit(word: words[2]) : nil
            guard words.count == 3 || limit != nil else {
                throw refusal("has no limit between its scopes and its digest: limit=N/s, with N from 1 to 1000000")
            }
            let last = words[words.count - 1]
            guard last.hasPrefix("sha256:"), let digest = Digest(hexadecimal: last.dropFirst(7)) else {
                throw refusal("has no digest: sha256: and 64 hexadecimal digits")
            }
            guard !keys.contains(where: { $0.digest.isEqual(to: digest) }) else {
                throw refusal("has a digest that is there already; each name needs a key of its own")
            }
            keys.append(APIKey(name: String(words[0]), scopes: Set(scopes), limit: limit, digest: digest))
        }
        if keys.isEmpty { throw .noKeys }
        self.keys = keys
    }

    /// Whose secret it is. Looks at all keys, whichever it is.
    public func key(of secret: String) -> APIKey? {
        let digest = Digest(of: secret)
        return keys.reduce(nil) { found, key in key.digest.isEqual(to: digest) ? key : found }
    }
}
