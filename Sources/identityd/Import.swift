import ArgumentParser
import Bulk
import Glibc
import Settings

struct Import: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Send the rows of a CSV file, as if each came to /identify.",
        discussion: """
            The file is CSV (RFC 4180) in UTF-8, its first line names the columns. Each row counts as a request with its \
            e-mail and phone, in the order of the file. A file may be imported again: known rows change nothing. The \
            service may run meanwhile. Rows are written in batches, a transaction each: after an \
            interruption, --resume continues the same file after the last row that was done. A row that is invalid \
            is rejected, and the others are imported. \
            Exit status: 0 all rows are imported, 1 some were rejected, 2 the import was not finished.
            """)

    @Argument(help: ArgumentHelp("A file, or - for standard input.", valueName: "file"))
    var file: String

    @Option(
        name: .customLong("email-column"),
        help: ArgumentHelp("The column with the e-mail; email, if not given.", valueName: "name"))
    var emailColumn: String?

    @Option(
        name: .customLong("phone-column"),
        help: ArgumentHelp("The column with the phone; phone or phoneNumber, if not given.", valueName: "name"))
    var phoneColumn: String?

    @Option(
        help: ArgumentHelp(
            """
            Write rejected rows here, as CSV: line, reason, and the row as it was written. The file is overwritten, and \
            only its owner can read it; /dev/stderr and other files that are already open are appended to.
            """, valueName: "path"))
    var rejects: String?

    @Flag(help: "Continue where an earlier import of the same file ended.")
    var resume = false

    @Flag(name: .customLong("dry-run"), help: "Check every row; do not use the database.")
    var dryRun = false

    @OptionGroup var settings: SettingsOptions

    func validate() throws {
        if resume && file == "-" {
            throw ValidationError("--resume needs a file: how far standard input got is not kept.")
        }
        if rejects == "-" {
            throw ValidationError("--rejects needs a path; use /dev/stdout for standard output.")
        }
    }

    func run() throws {
        let tally = try explainingErrors(exitCode: ExitCode(2)) {
            let settings = try settings.load()
            var order = Bulk.Import.Order(path: file)
            order.emailColumn = emailColumn
            order.phoneColumn = phoneColumn
            order.rejectsPath = rejects
            order.resumes = resume
            order.isDry = dryRun
            var meter = ProgressMeter()
            defer { meter.end() }
            return try Bulk.Import(order, settings: settings).run { meter.show($0) }
        }
        print(tally)
        if tally.rejected > 0 {
            if rejects == nil { print("--rejects FILE would hold the rejected rows, each with its line and reason") }
            throw ExitCode.failure
        }
    }
}
