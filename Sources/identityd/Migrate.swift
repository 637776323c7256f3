import ArgumentParser
import ContactStore
import Settings

struct Migrate: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Bring the database to this version's schema.",
        discussion: "Does nothing if the schema is up to date. Of two at once, one waits for the other.")

    @Flag(name: .customLong("dry-run"), help: "Print the SQL that would run, and change nothing.")
    var dryRun = false

    @Option(
        name: .customLong("grant-to"),
        help: ArgumentHelp("Give a role the rights that all other commands need, and no more.", valueName: "role"))
    var grantee: String?

    @OptionGroup var settings: SettingsOptions

    func run() throws {
        try explainingErrors {
            let migrator = try Migrator(database: try settings.load().databaseURL)
            if dryRun {
                for sql in try migrator.dryRun() { print(sql) }
                return
            }
            if try migrator.migrate(report: { print($0) }) == 0 {
                print("the database is at this version already")
            }
            if let grantee {
                try migrator.grant(to: grantee)
                print("granted what serving and the other commands need")
            }
        }
    }
}
