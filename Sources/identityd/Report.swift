import ArgumentParser
import Bulk
import ContactStore
import Settings

struct Report: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Count customers; show the largest, what ties the most, what may be a typo, and what was ignored.",
        discussion: """
            An e-mail ties the phones that came with it, and a phone the e-mails. Identifiers that tie very many often \
            belong to no single customer, such as a shop's number typed into each order. Evidence without which a customer would \
            be two of three contacts or more may be a typo: GET /contacts/{id} of its primary shows it. What was ignored in requests is \
            counted for 30 days, by field and reason. Reads one consistent snapshot while the \
            service runs. Prints ids and counts.
            """)

    @Option(help: ArgumentHelp("How many of each, 1 to 1000.", valueName: "count"))
    var limit = 10

    @Flag(name: .customLong("show-identifiers"), help: "Print the e-mails and phones, too: they are personal data.")
    var showIdentifiers = false

    @OptionGroup var settings: SettingsOptions

    func validate() throws {
        guard CustomerReport.limits.contains(limit) else { throw ValidationError("--limit is 1 to 1000.") }
    }

    func run() throws {
        try explainingErrors {
            let settings = try settings.load()
            let report = try CustomerReport(database: settings.databaseURL, standby: settings.standby, limit: limit)
            print(report.text(showingIdentifiers: showIdentifiers))
        }
    }
}
