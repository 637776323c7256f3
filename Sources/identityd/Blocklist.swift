import API
import ArgumentParser
import ContactStore
import Identity
import Settings

struct Blocklist: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Print the block list in force.",
        discussion: """
            The built-in list and what BLOCKED_IDENTIFIERS_FILE adds to it, as a file that says the same. Reads the file \
            as the service does, and names the line of an error: so it also checks a file before SIGHUP. Needs no \
            database.
            """)

    @OptionGroup var settings: SettingsOptions

    func run() throws {
        try explainingErrors {
            let settings = try settings.load()
            let blocked = try BlockedIdentifiers(settings, rule: DatabaseRule(settings.identifierRule))
            for line in blocked.list.lines { print(line) }
        }
    }
}
