internal import APIKeys
public import Settings
internal import Synchronization

/// Who may use a route.
enum Access: Equatable {
    case everybody
    case anyKey
    case key(for: Scope)
}

/// Which caller may use what: by the keys of a file, which can be read again while the service runs; or every caller, all.
public final class AccessControl: Sendable {
    /// `nil` if no key is needed.
    private let keys: ReloadableFile<KeyRing?>
    private let allowances = Mutex(Allowances())

    /// - Throws: `SettingError`, if the file can't be used, or is not set without ALLOW_ANONYMOUS.
    public init(_ settings: Settings) throws(SettingError) {
        guard !settings.apiKeysFile.isEmpty || settings.allowsAnonymous else {
            throw SettingError(
                variable: "API_KEYS_FILE",
                problem:
                    "is not set; set it to a file of keys, or set ALLOW_ANONYMOUS=true where all callers are trusted")
        }
        keys = try ReloadableFile(settings.apiKeysFile, setting: "API_KEYS_FILE", isTrusted: true, fallback: nil) {
            try KeyRing($0)
        }
    }

    /// Whether callers need a key.
    public var isKeyed: Bool { keys.current != nil }

    /// Reads the file again. Where that fails, what was read before holds.
    public func reload() throws(SettingError) {
        try keys.reload()
    }

    /// - Parameter authorization: The header, such as `Bearer idk_…` (RFC 6750, 2.1).
    /// - Returns: The caller's key; `nil` where no keys are asked for.
    /// - Throws: `Problem`: 401 without a known key, 403 without the scope, 429 above the key's limit.
    func admit(_ authorization: String?, for access: Access) throws(Problem) -> APIKey? {
        guard let ring = keys.current else { return nil }
        guard let authorization else { throw .unauthorized() }
        let words = authorization.split(separator: " ")
        guard words.count == 2, words[0].lowercased() == "bearer", let key = ring.key(of: String(words[1])) else {
            throw .unauthorized(error: "invalid_token")
        }
        if case .key(let scope) = access, !key.allows(scope) { throw .forbidden(scope) }
        if let limit = key.limit, let wait = allowances.withLock({ $0.take(key) }) {
            throw .tooManyRequests(limit, wait)
        }
        return key
    }
}

extension Problem {
    /// RFC 6750, 3: the error is named only where a key was shown.
    fileprivate static func unauthorized(error: String? = nil) -> Problem {
        Problem(
            status: 401, title: "Unauthorized",
            detail: "The API key is missing or unknown. Send a valid one in the header Authorization: Bearer KEY.",
            headers: [("WWW-Authenticate", "Bearer realm=\"identityd\"" + (error.map { ", error=\"\($0)\"" } ?? ""))])
    }

    fileprivate static func tooManyRequests(_ limit: RateLimit, _ wait: Duration) -> Problem {
        Problem(
            status: 429, title: "Too Many Requests",
            detail:
                "This key may send \(limit.requests) requests a second. Send this one again after the seconds in Retry-After.",
            headers: [("Retry-After", "\(wait.components.seconds + 1)")])
    }

    fileprivate static func forbidden(_ scope: Scope) -> Problem {
        Problem(
            status: 403, title: "Forbidden",
            detail: "This key lacks the scope \(scope.rawValue). Send a key that has it.",
            headers: [
                (
                    "WWW-Authenticate",
                    "Bearer realm=\"identityd\", error=\"insufficient_scope\", scope=\"\(scope.rawValue)\""
                )
            ])
    }
}
