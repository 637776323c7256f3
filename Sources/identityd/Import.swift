import ArgumentParser
import Bulk
import Glibc
import Settings

struct Import: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Send the rows of a file, as if each came to /identify.",
        discussion: """
            The file is CSV whose first line names the columns, or an export in NDJSON. Each row counts as a request with \
            its e-mail and phone, in the order of the file. A row that is linked to another (id and linkedId, or \
            contactId and primaryContactId) is that row's customer; one with a deletedAt is left out. A file may be \
            imported again: known rows change nothing. The service may run meanwhile. Rows are written in batches, a \
            transaction each: after an interruption, --resume continues the same file after the last row that was done. \
            A row that is invalid is rejected, and the others are imported. One that would make a customer of more than \
            MAX_CLUSTER_SIZE contacts is imported in part: without its phone, or without its link.
            With --state, the file is what identityd export --format state wrote, and the database is new: all of it is \
            restored, with the same ids. \
            Exit status: 0 all rows are imported, 1 some were rejected or imported in part, or there were none, 2 the import \
            was not finished.
            """)

    @Argument(help: ArgumentHelp("A file, or - for standard input.", valueName: "file"))
    var file: String

    @Option(
        name: .customLong("email-column"),
        help: ArgumentHelp("The column with the e-mail, where it has no usual name.", valueName: "name"))
    var emailColumn: String?

    @Option(
        name: .customLong("phone-column"),
        help: ArgumentHelp("The column with the phone, where it has no usual name.", valueName: "name"))
    var phoneColumn: String?

    @Flag(name: .customLong("no-email"), help: "The rows have no e-mail.")
    var noEmail = false

    @Flag(name: .customLong("no-phone"), help: "The rows have no phone.")
    var noPhone = false

    @Option(
        help: ArgumentHelp(
            "What stands between fields, a character or tab; if not given, what the first line shows.",
            valueName: "character"))
    var delimiter: String?

    @Option(
        help: ArgumentHelp(
            "The file's encoding, as iconv names it; if not given, what its byte order mark says, or UTF-8.",
            valueName: "name"))
    var encoding: String?

    @Option(
        help: ArgumentHelp(
            """
            Write rows here that are rejected or imported in part, as they were written, behind their line and the \
            reason: to be mended, and imported as it is. The file is overwritten, and only its owner can read it; /dev/stderr and other files that are already open are appended to.
            """, valueName: "path"))
    var rejects: String?

    @Flag(help: "Continue where an earlier import of the same file ended.")
    var resume = false

    @Flag(name: .customLong("dry-run"), help: "Check every row; do not use the database.")
    var dryRun = false

    @Flag(help: "The file is a state, of identityd export --format state; restore it into an empty database.")
    var state = false

    @OptionGroup var settings: SettingsOptions

    func validate() throws {
        if noEmail && emailColumn != nil || noPhone && phoneColumn != nil || noEmail && noPhone {
            throw ValidationError("A column is named or there is none, and e-mail or phone must be there.")
        }
        if let delimiter, Import.byte(delimiter) == nil {
            throw ValidationError("--delimiter is one character of ASCII other than a quote, or tab.")
        }
        if resume && file == "-" {
            throw ValidationError("--resume needs a file: how far standard input got is not kept.")
        }
        let isAboutRows = [emailColumn, phoneColumn, delimiter, encoding, rejects].contains { $0 != nil }
        if state && (noEmail || noPhone || resume || dryRun || isAboutRows) {
            throw ValidationError("--state takes the file as it is, and goes with no other option but --env-file.")
        }
        if rejects == "-" {
            throw ValidationError("--rejects needs a path; use /dev/stdout for standard output.")
        }
    }

    private static func byte(_ delimiter: String) -> UInt8? {
        if delimiter == "tab" || delimiter == "\\t" { return UInt8(ascii: "\t") }
        guard delimiter.utf8.count == 1, let byte = delimiter.utf8.first, byte < 0x80 else { return nil }
        return "\"\r\n".utf8.contains(byte) ? nil : byte
    }

    func run() throws {
        if state {
            let contacts = try explainingErrors(exitCode: ExitCode(2)) {
                try Bulk.State.restore(from: file, into: try settings.load().databaseURL)
            }
            print("\(contacts) contacts restored, with all that is known of them; check it with: identityd verify")
            return
        }
        let tally = try explainingErrors(exitCode: ExitCode(2)) {
            let settings = try settings.load()
            var order = Bulk.Import.Order(path: file)
            order.emailColumn = emailColumn
            order.phoneColumn = phoneColumn
            order.hasNoEmail = noEmail
            order.hasNoPhone = noPhone
            order.delimiter = delimiter.flatMap(Import.byte)
            order.encoding = encoding
            order.rejectsPath = rejects
            order.resumes = resume
            order.isDry = dryRun
            var meter = ProgressMeter()
            defer { meter.end() }
            return try Bulk.Import(order, settings: settings).run(
                announce: { meter.say($0) }, report: { meter.show($0) })
        }
        print(tally)
        if tally.rejected + tally.partial > 0 {
            if rejects == nil { print("--rejects FILE would hold these rows, each with its line and reason") }
            throw ExitCode.failure
        }
        if tally.accepted == 0 { throw ExitCode.failure }
    }
}
