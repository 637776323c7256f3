import ArgumentParser
import ContactStore
import Identifiers
import Settings

struct Verify: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Check that every promise about the contacts holds.",
        discussion: """
            Reads one consistent snapshot while the service runs, and needs memory for the largest cluster \
            only, whatever the number of contacts. Prints ids of what is broken, never e-mails or phones; a \
            customer that is being erased in pieces is named, and is not broken. \
            Exit status: 0 all is well, 1 something is broken, 2 the check could not be made.
            """)

    @Flag(
        name: .customLong("read-again"),
        help: """
            Read each identifier again, too, and name the contacts whose identifiers this host's libphonenumber and ICU \
            read as others than those of the host that wrote them: a million phones take about 20 seconds.
            """)
    var readAgain = false

    @OptionGroup var settings: SettingsOptions

    func run() throws {
        let report = try explainingErrors(exitCode: ExitCode(2)) {
            try Verifier(database: try settings.load().databaseURL)
                .run(readingAgainBy: readAgain ? { IdentifierReader($0) } : nil)
        }
        for line in report.findings + report.notes { print(line) }
        guard report.findings.isEmpty else { throw ExitCode.failure }
        print(
            "\(report.contacts) contacts in \(report.clusters) clusters, \(report.evidence) pieces of evidence besides: all is well"
        )
    }
}
