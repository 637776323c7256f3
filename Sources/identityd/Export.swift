import ArgumentParser
import Bulk
import Glibc
import Settings

struct Export: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Write every customer to standard output.",
        discussion: """
            ndjson: the contact of an answer of /identify, one a line. csv: a line for each \
            contact, with the columns primaryContactId, contactId, email, phoneNumber. An e-mail or phone stands with the \
            contact that introduced it, so each comes once; the primary's come first. Erased contacts are left out. \
            state: all that is stored, for identityd import --state: contacts with their ids, erased ones too, evidence, \
            corrections with their notes, and the feed.
            Reads one consistent snapshot while the service runs, in bounded memory. \
            Exit status: 0 all is written, 1 not all is.
            """)

    enum Format: String, CaseIterable, ExpressibleByArgument {
        case ndjson, csv, state

        /// `nil` of what is more than customers.
        fileprivate var ofCustomers: Bulk.Export.Format? { Bulk.Export.Format(rawValue: rawValue) }
    }

    @Option(help: ArgumentHelp("ndjson, csv or state.", valueName: "format"))
    var format = Format.ndjson

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
            let (file, name) = (STDOUT_FILENO, "standard output")
            guard let format = format.ofCustomers else {
                return try Bulk.State.export(settings, to: file, name: name)
            }
            let export = Bulk.Export(settings, format: format, safeForSpreadsheets: safeForSpreadsheets)
            try export.run(to: file, name: name)
        }
    }
}
