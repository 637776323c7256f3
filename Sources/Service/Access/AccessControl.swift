internal import APIKeys
internal import FastCGI
internal import Synchronization

/// Who may call what: the keys of a file, which can be read anew while the service runs; or everybody.
final class AccessControl: Sendable {
    private let path: String?
    private let keys: Mutex<KeyRing?>

    /// - Throws: `SettingError`, where the file can't be used, or nobody has said that there shall be none.
    init(_ settings: Settings) throws(SettingError) {
        path = settings.apiKeysFile.isEmpty ? nil : settings.apiKeysFile
        guard let path else {
            guard settings.allowsAnonymous else {
                throw SettingError(
                    variable: "API_KEYS_FILE",
                    problem: "names no file of keys; set it, or ALLOW_ANONYMOUS=true where all callers are trusted")
            }
            keys = Mutex(nil)
            return
        }
        keys = Mutex(try AccessControl.read(path))
    }

    /// Reads the file again. Where that fails, what was read before holds.
    func reload() throws(SettingError) {
        guard let path else { return }
        let ring = try AccessControl.read(path)
        keys.withLock { $0 = ring }
    }

    /// - Parameter authorization: The header, such as `Bearer idk_…` (RFC 6750, 2.1).
    /// - Returns: The caller's name, for the log; `nil` where no keys are asked for.
    /// - Throws: `Problem`: 401 without a known key, 403 without the scope.
    func admit(_ authorization: String?, for scope: Scope) throws(Problem) -> String? {
        guard let ring = keys.withLock({ $0 }) else { return nil }
        guard let authorization else { throw .unauthorized() }
        let words = authorization.split(separator: " ")
        guard words.count == 2, words[0].lowercased() == "bearer", let key = ring.key(of: String(words[1])) else {
            throw .unauthorized(error: "invalid_token")
        }
        guard key.scopes.contains(scope) else { throw .forbidden(scope) }
        return key.name
    }

    private static func read(_ path: String) throws(SettingError) -> KeyRing {
        let text = try TextFile.read(path)
        do {
            return try KeyRing(text)
        } catch {
            throw SettingError(variable: "API_KEYS_FILE", problem: "can't be used: \(error)")
        }
    }
}

extension Problem {
    /// RFC 6750, 3: the error is named only where a key was shown.
    fileprivate static func unauthorized(error: String? = nil) -> Problem {
        Problem(
            status: 401, title: "Unauthorized",
            detail: "Send a key that is known here, with the header Authorization: Bearer KEY.",
            headers: [("WWW-Authenticate", "Bearer realm=\"identityd\"" + (error.map { ", error=\"\($0)\"" } ?? ""))])
    }

    fileprivate static func forbidden(_ scope: Scope) -> Problem {
        Problem(
            status: 403, title: "Forbidden",
            detail: "This key lacks the scope \(scope.rawValue). Send one that has it.",
            headers: [
                (
                    "WWW-Authenticate",
                    "Bearer realm=\"identityd\", error=\"insufficient_scope\", scope=\"\(scope.rawValue)\""
                )
            ])
    }
}
