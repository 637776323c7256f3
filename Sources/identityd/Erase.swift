import ArgumentParser
import Bulk
import ContactStore
import Glibc
import Settings

struct Erase: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Forget a customer of any size.",
        discussion: """
            Does what POST /erase does for customers of up to 10,000 contacts, in pieces, the youngest contacts \
            first, while the service runs. What orders add to the customer meanwhile is erased, too; an order that \
            would merge the customer with another gets 503 until the erasure is done. To continue an interrupted erasure, \
            start it again with the same id; identityd verify names customers that are half erased. Prints ids and \
            counts. Exit status: 0 all is erased, now or before; 1 there is no such customer; 2 not all is erased.
            """)

    @Argument(
        help: ArgumentHelp(
            """
            The id of any contact of the customer, or - for a JSON object on standard input, such as \
            {"email":"mcfly@hillvalley.edu"}: every user of the machine can see identifiers on a command line.
            """, valueName: "contact-id"))
    var contact: String

    @OptionGroup var settings: SettingsOptions

    private var contactID: Int64? {
        contact.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) } ? Int64(contact) : nil
    }

    func validate() throws {
        if contact != "-" && contactID == nil {
            throw ValidationError("Send identifiers on standard input, with - here; or give a contact's id, a number.")
        }
    }

    func run() throws {
        let result = try explainingErrors(exitCode: ExitCode(2)) {
            let settings = try settings.load()
            let rule = DatabaseRule(settings.identifierRule)
            let erasure = try PiecewiseErasure(
                database: settings.databaseURL, standby: settings.standby, rule: rule)
            var meter = ProgressMeter()
            defer { meter.end() }
            do {
                let subject =
                    try contactID.map(ErasureSubject.contact)
                    ?? ErasureSubject(namedIn: "-", rule: rule)
                return try erasure.run(
                    erasure.contact(of: subject),
                    begin: { meter.say("erasing customer \($0); if this is interrupted, run: identityd erase \($0)") },
                    report: { meter.show(BulkProgress($0, "contacts", done: $0, of: $1)) })
            } catch let error as ErasureError {
                meter.say("\(error)")
                throw ExitCode.failure
            }
        }
        print("customer \(result.primary): \(result.contacts) contacts are erased")
    }
}
