public import Identity
internal import PostgreSQL

/// How a customer came to be: its contacts as rows, and why its clusters became one.
public struct History: Sendable {
    /// A contact with all that it holds, also what an older one had introduced.
    public struct Row: Sendable {
        public let id: ContactID
        public let email: String?
        public let phone: String?
        public let linkPrecedence: String
        public let linkedID: ContactID?
        public let createdAt: String
    }

    /// Two primaries, and what came in one request and made them one.
    public struct Evidence: Sendable {
        public let merge: Merge
        public let email: String?
        public let phone: String?
    }

    public let cluster: Cluster
    /// In order of their ids.
    public let rows: [Row]
    /// The oldest first.
    public let merges: [Evidence]
}

/// What became of an id.
public enum ContactStatus: Sendable {
    case live(History)
    case erased
    /// It was never given out.
    case unknown
}

extension ContactStore {
    /// What became of a contact, whatever its cluster was merged into since.
    public func status(of contact: ContactID) async throws(StoreError) -> Reply<ContactStatus> {
        try await retrying { attempt in
            // Without BEGIN, the statements of a pipeline are one transaction, and see one moment.
            var pipeline = Pipeline()
            let exists = pipeline.execute(History.exists, [contact])
            let contacts = pipeline.execute(History.contacts, [contact])
            let merges = pipeline.execute(History.merges, [contact])
            let answers = try await run(pipeline, before: attempt.deadline)
            if let history = History(contacts: try answers[contacts], merges: try answers[merges]) {
                return .done(.live(history))
            }
            return .done(try answers[exists].isEmpty ? .unknown : .erased)
        }
    }
}

extension History {
    static let statements = [exists.statement, contacts.statement, merges.statement]

    fileprivate static let exists = Query("contact_exists", "SELECT FROM contact WHERE id = $1::bigint") { _ in }

    /// Of a contact that is not erased: while its customer is being erased, others may not be yet.
    private static let cluster = "(SELECT cluster_id FROM contact WHERE id = $1::bigint AND deleted_at IS NULL)"

    /// $1 a contact → all of its cluster, if it is not erased: what each introduced, and all that it holds.
    fileprivate static let contacts = Query(
        "cluster_rows",
        """
        SELECT id, cluster_id, CASE WHEN owns_email THEN email END, CASE WHEN owns_phone THEN phone_number END,
               CASE WHEN owns_phone THEN phone_key END,
               email, phone_number, link_precedence, linked_id, \(Timestamp.text(of: "created_at"))
          FROM contact
         WHERE deleted_at IS NULL AND cluster_id = \(cluster)
         ORDER BY id
        """
    ) { columns in
        let contact = try Contact(introduced: &columns)
        let row = Row(
            id: contact.id, email: columns.textOrNull(), phone: columns.textOrNull(),
            linkPrecedence: try columns.text(), linkedID: columns.integerOrNull(), createdAt: try columns.text())
        return (contact: contact, row: row)
    }

    /// $1 a contact → the merges that its cluster was made of, if it is not erased.
    fileprivate static let merges = Query(
        "cluster_merges",
        """
        SELECT \(Merge.columns), email, phone_number
          FROM contact_merge
         WHERE absorbed_id = ANY (ARRAY(
               SELECT id FROM contact
                WHERE deleted_at IS NULL AND cluster_id = \(cluster)))
         ORDER BY contact_merge.merged_at, id
        """
    ) { columns in
        Evidence(merge: try Merge(&columns), email: columns.textOrNull(), phone: columns.textOrNull())
    }

    /// `nil` where there are no contacts.
    fileprivate init?(contacts: [(contact: Contact, row: Row)], merges: [Evidence]) {
        if contacts.isEmpty { return nil }
        cluster = Cluster(contacts.map(\.contact))
        rows = contacts.map(\.row)
        self.merges = merges
    }
}
