internal import Synchronization

/// What a small file says, which can be read anew while the service runs.
public final class ReloadableFile<Content: Sendable>: Sendable {
    private let path: String
    private let setting: String
    private let isTrusted: Bool
    private let parse: @Sendable (String) throws -> Content
    private let content: Mutex<Content>

    /// - Parameters:
    ///   - path: Empty where there is none, and `fallback` holds.
    ///   - setting: Under which the path was given.
    ///   - isTrusted: Refuses a file that other users can write.
    /// - Throws: `SettingError`, where the file can't be used.
    public init(
        _ path: String, setting: String, isTrusted: Bool = false, fallback: Content,
        parse: @escaping @Sendable (String) throws -> Content
    ) throws(SettingError) {
        self.path = path
        self.setting = setting
        self.isTrusted = isTrusted
        self.parse = parse
        content = Mutex(fallback)
        try reload()
    }

    public var current: Content { content.withLock { $0 } }

    /// Reads the file again. Where that fails, what was read before holds.
    public func reload() throws(SettingError) {
        if path.isEmpty { return }
        let text = try TextFile.read(path, isTrusted: isTrusted)
        do {
            let new = try parse(text)
            content.withLock { $0 = new }
        } catch {
            throw SettingError(variable: setting, problem: "can't be used: \(error)")
        }
    }
}
