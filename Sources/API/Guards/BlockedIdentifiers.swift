public import ContactStore
internal import Identifiers
public import Identity
public import Settings

/// The block list in force: the built-in one, and what BLOCKED_IDENTIFIERS_FILE adds to it. It is read by the rule of
/// the database; before that is known, by the settings'.
public final class BlockedIdentifiers: Sendable {
    private let file: ReloadableFile<ReadList>
    private let rule: DatabaseRule

    private struct ReadList {
        let rule: IdentifierRule
        let list: BlockList
    }

    /// - Throws: `SettingError`, where the file can't be used.
    public init(_ settings: Settings, rule: DatabaseRule) throws(SettingError) {
        self.rule = rule
        // The built-in list is the same by each rule.
        let builtIn = ReadList(rule: rule.known, list: .builtIn(reader: IdentifierReader(rule.known)))
        file = try ReloadableFile(
            settings.blockedIdentifiersFile, setting: "BLOCKED_IDENTIFIERS_FILE", fallback: builtIn
        ) { text in
            let known = rule.known
            return ReadList(rule: known, list: try BlockList(file: text, reader: IdentifierReader(known)))
        }
    }

    public var list: BlockList { file.current.list }

    /// Reads the file again. Where that fails, what was read before holds.
    public func reload() throws(SettingError) {
        try file.reload()
    }

    /// Sees to it that the list was read by the rule of the database, which is known by now.
    /// - Throws: `SettingError`, where the file can't be used by it.
    public func followRule() throws(SettingError) {
        if file.current.rule != rule.known { try file.reload() }
    }

    /// What is left of a body's observation. Notes in the context what is ignored.
    /// - Throws: `Problem`, where nothing is left.
    func screen(_ body: ObservedBody, _ context: inout RequestContext) throws(Problem) -> Observation {
        let screened = list.screen(try body.observation())
        context.ignored = screened.ignored.map { Ignored(field: $0, reason: .blocked) } + body.ignored
        guard let observation = screened.observation else {
            guard body.invalid.isEmpty else { throw body.refusal() }
            throw .noUsableIdentifier(context.ignored)
        }
        return observation
    }
}
