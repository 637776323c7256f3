public import ArgumentParser
public import Bulk
import Glibc
import Settings

struct Export: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Write every customer to standard output.",
        discussion: """
            ndjson: the contact of an answer of /identify, one a line. csv: a line for each \
            contact, with the columns primaryContactId, contactId, email, phoneNumber. An e-mail or phone stands with the \
            contact that introduced it, so each comes once; the primary's come first.
            Reads one consistent snapshot while the service runs, in bounded memory. Erased contacts are left out. \
            Exit status: 0 all is written, 1 not all is.
            """)

    @Option(help: ArgumentHelp("ndjson or csv.", valueName: "format"))
    var format = Bulk.Export.Format.ndjson

    @Flag(
        name: .customLong("safe-for-spreadsheets"),
        help: """
            In CSV, put an apostrophe in front of e-mails and phones that begin with = + - @, which spreadsheets take \
            for formulas. This changes the values: don't import such a file.
            """)
    var safeForSpreadsheets = false

    @OptionGroup var settings: SettingsOptions

    func validate() throws {
        if safeForSpreadsheets && format != .csv {
            throw ValidationError("--safe-for-spreadsheets is for --format csv.")
        }
    }

    func run() throws {
        try explainingErrors {
            let settings = try settings.load()
            let export = Bulk.Export(
                database: settings.databaseURL, format: format, safeForSpreadsheets: safeForSpreadsheets,
                idKeys: settings.primaryIDKeys)
            try export.run(to: STDOUT_FILENO, name: "standard output")
        }
    }
}

extension Bulk.Export.Format: ExpressibleByArgument {}
