public import ArgumentParser
import Glibc
public import Service

struct Export: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Write every customer to standard output.",
        discussion: """
            ndjson: the object that an answer of /identify holds as its contact, one a line. csv: a line for each \
            contact, with the columns primaryContactId, contactId, email, phoneNumber; e-mail and phone stand where they \
            were introduced, so each comes once, the primary's first, in the order of an answer.
            Reads one consistent snapshot while the service runs, in bounded memory. Erased contacts are left out. \
            Exit status: 0 all is written, 1 not all is.
            """)

    @Option(help: ArgumentHelp("ndjson or csv.", valueName: "format"))
    var format = Service.Export.Format.ndjson

    @OptionGroup var settings: SettingsOptions

    func run() throws {
        try explainingErrors {
            let settings = try settings.load()
            let export = Service.Export(
                database: settings.databaseURL, format: format, idKeys: settings.primaryIDKeys)
            try export.run(to: STDOUT_FILENO, name: "standard output")
        }
    }
}

extension Service.Export.Format: ExpressibleByArgument {}
