internal import Identity

/// The block list in force: of BLOCKED_IDENTIFIERS_FILE, or the standard one.
final class BlockedIdentifiers: Sendable {
    private let file: ReloadableFile<BlockList>

    /// - Throws: `SettingError`, where the file can't be used.
    init(_ settings: Settings) throws(SettingError) {
        let rule = settings.phoneKeyRule
        file = try ReloadableFile(
            settings.blockedIdentifiersFile, setting: "BLOCKED_IDENTIFIERS_FILE", fallback: .standard(rule: rule)
        ) { try BlockList($0, rule: rule) }
    }

    var list: BlockList { file.current }

    /// Reads the file again. Where that fails, what was read before holds.
    func reload() throws(SettingError) {
        try file.reload()
    }

    /// The observation without its blocked identifiers. Notes in the visit what is ignored.
    /// - Throws: `NoUsableIdentifier`, where nothing is left.
    func screen(_ observation: Observation, _ visit: inout Visit) throws(NoUsableIdentifier) -> Observation {
        let screened = list.screen(observation)
        visit.ignored = screened.ignored
        guard let observation = screened.observation else { throw NoUsableIdentifier(blocked: screened.ignored) }
        return observation
    }
}

extension FieldError {
    /// A blocked identifier as answers name it.
    init(blocked field: IdentifierField) {
        self.init(field: field.rawValue, reason: "blocked")
    }
}
