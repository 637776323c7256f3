/// What a caller may do.
public enum Scope: String, CaseIterable, Sendable {
    case identify
    case read
    /// What `read` allows as well.
    case correct
    case admin
}

/// Who may do what, as a line of the key file: `name scope[,scope] [limit=N/s] sha256:…`.
public struct APIKey: Sendable {
    /// Goes into the log.
    public let name: String
    public let scopes: Set<Scope>
    /// `nil` for none of its own.
    public let limit: RateLimit?
    let digest: Digest

    public func allows(_ scope: Scope) -> Bool {
        scopes.contains(scope) || scope == .read && scopes.contains(.correct)
    }

    /// The key, and its secret, which is not kept: the caller of this function shows it to its owner once.
    public static func new(
        name: String, scopes: Set<Scope>, limit: RateLimit? = nil
    ) throws(KeyFileError) -> (key: APIKey, secret: String) {
        guard isValid(name: name) else { throw KeyFileError("the key \(badName)") }
        // SystemRandomNumberGenerator is getrandom(2) on Linux.
        let secret = "idk_" + (0..<43).map { _ in String(alphabet.randomElement()!) }.joined()
        return (APIKey(name: name, scopes: scopes, limit: limit, digest: Digest(of: secret)), secret)
    }

    /// 43 of these 62 letters are 256 bits.
    private static let alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"

    static let badName = "has a name that is not 1 to 64 of A-Z a-z 0-9 . _ -"

    static func isValid(name: some StringProtocol) -> Bool {
        (1...64).contains(name.utf8.count)
            && name.unicodeScalars.allSatisfy {
                $0.isASCII
                    && ($0.properties.isAlphabetic || ("0"..."9").contains($0) || "._-".unicodeScalars.contains($0))
            }
    }

    public var line: String {
        let scopes = Scope.allCases.filter(scopes.contains).map(\.rawValue).joined(separator: ",")
        return "\(name) \(scopes)\(limit.map { " " + $0.text } ?? "") sha256:\(digest.hexadecimal)"
    }
}

/// A key file that can't be used. Quotes nothing of it but the line's number.
public struct KeyFileError: Error, Equatable, CustomStringConvertible, Sendable {
    public let description: String

    init(_ description: String) {
        self.description = description
    }

    static let noKeys = KeyFileError("it holds no keys; make one with identityd key new, and add its line")
}
