internal import Identity
internal import PostgreSQL

/// Every customer as /identify answers it, in order of the primaries' ids.
public struct Export {
    public enum Format: String, CaseIterable, Sendable {
        /// An answer's `contact` a line.
        case ndjson
        /// A contact a line, with what it introduced: so each identifier comes once, in the order of an answer.
        case csv
    }

    private let database: String
    private let format: Format
    private let safeForSpreadsheets: Bool
    private let idKeys: PrimaryIDKeys

    /// - Parameters:
    ///   - database: `postgres://…` or `key=value …`; empty for libpq's PG* variables.
    ///   - safeForSpreadsheets: Whether CSV has an apostrophe in front of what may be a formula. Such a file holds other
    ///     values than the database, and is not to be imported.
    public init(database: String, format: Format, safeForSpreadsheets: Bool = false, idKeys: PrimaryIDKeys) {
        self.database = database
        self.format = format
        self.safeForSpreadsheets = safeForSpreadsheets
        self.idKeys = idKeys
    }

    /// One consistent snapshot, in the memory that the largest customer needs.
    /// - Parameter descriptor: Where it is written, and closed.
    /// - Throws: `FileError`, `SchemaError`, `DatabaseError`.
    public func run(to descriptor: Int32, name: String) throws {
        let output = OutputFile(descriptor: descriptor, name: name)
        try Snapshot.read(database, for: "export") { snapshot in
            if format == .csv {
                try output.write(CSVWriter.row(["primaryContactId", "contactId", "email", "phoneNumber"]))
            }
            var cluster: [Contact] = []
            try snapshot.forEachRow(
                of: """
                    SELECT id, cluster_id, CASE WHEN owns_email THEN email END,
                           CASE WHEN owns_phone THEN phone_number END, phone_key
                      FROM contact WHERE deleted_at IS NULL
                     ORDER BY cluster_id, id
                    """
            ) { rows, row in
                let contact = Contact(
                    id: rows.integer(row, 0)!, primaryID: rows.integer(row, 1)!,
                    email: rows.text(row, 2).map(Email.init(stored:)),
                    phone: rows.text(row, 3).map { Phone(stored: $0, key: rows.text(row, 4)!) })
                if contact.primaryID != cluster.last?.primaryID {
                    try write(cluster, to: output)
                    cluster.removeAll(keepingCapacity: true)
                }
                cluster.append(contact)
            }
            try write(cluster, to: output)
        }
        try output.flush()
    }

    private func write(_ contacts: [Contact], to output: OutputFile) throws {
        if contacts.isEmpty { return }
        switch format {
        case .ndjson:
            let cluster = Cluster(contacts)
            try output.write(JSONWriter.object { $0.cluster(cluster, idKeys: idKeys) })
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
