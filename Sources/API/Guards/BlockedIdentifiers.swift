public import Identity
public import Settings

/// The block list in force: of BLOCKED_IDENTIFIERS_FILE, or the standard one.
public final class BlockedIdentifiers: Sendable {
    private let file: ReloadableFile<BlockList>

    /// - Throws: `SettingError`, where the file can't be used.
    public init(_ settings: Settings) throws(SettingError) {
        let rule = settings.phoneKeyRule
        file = try ReloadableFile(
            settings.blockedIdentifiersFile, setting: "BLOCKED_IDENTIFIERS_FILE", fallback: .standard(rule: rule)
        ) { try BlockList($0, rule: rule) }
    }

    public var list: BlockList { file.current }

    /// Reads the file again. Where that fails, what was read before holds.
    public func reload() throws(SettingError) {
        try file.reload()
    }

    /// The observation without its blocked identifiers. Notes in the context what is ignored.
    /// - Throws: `Problem`, where nothing is left.
    func screen(_ observation: Observation, _ context: inout RequestContext) throws(Problem) -> Observation {
        let screened = list.screen(observation)
        context.ignored = screened.ignored
        guard let observation = screened.observation else {
            context.refusal = .blockList
            throw .noUsableIdentifier(screened.ignored)
        }
        return observation
    }
}

extension FieldError {
    /// A blocked identifier as answers name it.
    init(blocked field: IdentifierField) {
        self.init(field: field.rawValue, reason: "blocked")
    }
}
