internal import API
internal import ContactStore
internal import Identity
public import Settings

/// Every customer as /identify answers it, in order of the primaries' ids.
public struct Export {
    public enum Format: String, CaseIterable, Sendable {
        /// An answer's `contact` a line.
        case ndjson
        /// A contact a line, with what it introduced: so each identifier comes once, in the order of an answer.
        case csv
    }

    private let settings: Settings
    private let format: Format
    private let safeForSpreadsheets: Bool

    /// - Parameters:
    ///   - settings: The database, and its standby: that is read, if it soon has all that was answered before.
    ///   - safeForSpreadsheets: Whether CSV has an apostrophe in front of what may be a formula. Such a file holds other
    ///     values than the database, and is not to be imported.
    public init(_ settings: Settings, format: Format, safeForSpreadsheets: Bool = false) {
        self.settings = settings
        self.format = format
        self.safeForSpreadsheets = safeForSpreadsheets
    }

    /// One consistent snapshot, in the memory that the largest customer needs.
    /// - Parameter descriptor: Where it is written, and closed.
    /// - Throws: `FileError`, `SchemaError`, `DatabaseError`.
    public func run(to descriptor: Int32, name: String) throws {
        let output = OutputFile(descriptor: descriptor, name: name)
        if format == .csv {
            try output.write(CSVWriter.row(["primaryContactId", "contactId", "email", "phoneNumber"]))
        }
        try CustomerSnapshot.read(settings.databaseURL, standby: settings.standby, for: "export") { customers in
            try customers.forEachCustomer { try write($0, to: output) }
        }
        try output.flush()
    }

    private func write(_ contacts: [Contact], to output: OutputFile) throws {
        switch format {
        case .ndjson:
            let cluster = Cluster(contacts)
            try output.write(JSONWriter.object { $0.cluster(cluster, idKeys: settings.primaryIDKeys) })
            try output.write(CollectionOfOne(UInt8(ascii: "\n")))
        case .csv:
            for contact in contacts {
                let identifiers = [contact.email?.text, contact.phone?.text].map { text in
                    safeForSpreadsheets ? text.map(CSVWriter.safeForSpreadsheets) : text
                }
                try output.write(CSVWriter.row(["\(contact.primaryID)", "\(contact.id)"] + identifiers))
            }
        }
    }
}
