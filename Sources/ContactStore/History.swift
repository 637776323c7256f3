public import Identity
internal import PostgreSQL

/// How a customer came to be: its contacts as rows, what ties them, and what was corrected.
public struct History: Sendable {
    /// A contact with all that it holds, also what an older one had introduced.
    public struct Row: Sendable {
        public let id: ContactID
        public let email: String?
        public let phone: Phone?
        public let linkPrecedence: String
        public let linkedID: ContactID?
        public let createdAt: String
        public let origin: RequestOrigin
    }

    /// Two identifiers that came together, as they were written.
    public struct Evidence: Sendable {
        public let id: EvidenceID
        /// One, or two that an import's link ties.
        public let emails: [String]
        public let phones: [Phone]
        public let at: String
        public let origin: RequestOrigin
        /// Whether a correction has withdrawn it.
        public let isWithdrawn: Bool
    }

    public let cluster: Cluster
    /// In order of their ids.
    public let rows: [Row]
    /// A page of it, in order of the ids; also what led to other customers and is withdrawn.
    public let evidence: [Evidence]
    /// A page of them, the oldest first.
    public let corrections: [CorrectionRecord]
}

/// A part of a list whose ids ascend.
public struct ListPage: Sendable {
    /// The id before.
    public let after: Int64
    public let limit: Int

    public init(after: Int64, limit: Int) {
        (self.after, self.limit) = (after, limit)
    }
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
    /// - Parameter page: Of the evidence.
    /// - Returns: Also how old it may be; `nil` where it is of now.
    public func status(
        of contact: ContactID, evidence page: ListPage
    ) async throws(StoreError) -> Reply<(status: ContactStatus, age: Duration?)> {
        let query = StatusQuery(contact: contact, page: page)
        return try await retrying { attempt in
            let known = await standby?.read(before: attempt.deadline, query.ask) {
                asked, answers -> ContactStatus? in
                let status = try query.status(asked, answers)
                if case .unknown = status { return nil }
                return status
            }
            if let known { return .done((known.value, known.age)) }
            var pipeline = Pipeline()
            let asked = query.ask(&pipeline)
            return .done((try query.status(asked, try await run(pipeline, before: attempt.deadline)), nil))
        }
    }
}

/// What is asked for the status of a contact.
private struct StatusQuery {
    let contact: ContactID
    let page: ListPage

    struct Asked {
        let exists: RowsAnswer<Void>
        let contacts: RowsAnswer<(contact: Contact, row: History.Row)>
        let evidence: RowsAnswer<History.Evidence>
        let corrections: RowsAnswer<CorrectionRow>
    }

    /// Without BEGIN, the statements of a pipeline are one transaction, and see one moment.
    func ask(_ pipeline: inout Pipeline) -> Asked {
        Asked(
            exists: pipeline.execute(History.exists, [contact]),
            contacts: pipeline.execute(History.contacts, [contact]),
            evidence: pipeline.execute(History.evidence, [contact, page.after, Int64(page.limit)]),
            corrections: pipeline.execute(CorrectionStatements.page, [Int64(0), Int64(page.limit), contact]))
    }

    func status(_ asked: Asked, _ answers: [Rows]) throws -> ContactStatus {
        let rows = try answers[asked.contacts]
        if rows.isEmpty { return try answers[asked.exists].isEmpty ? .unknown : .erased }
        return .live(
            History(
                cluster: Cluster(rows.map(\.contact)), rows: rows.map(\.row), evidence: try answers[asked.evidence],
                corrections: CorrectionRecord.all(of: try answers[asked.corrections])))
    }
}

extension History {
    static let statements = [exists.statement, contacts.statement, evidence.statement]

    /// One below 0 is nobody's, and was never given out.
    fileprivate static let exists = Query(
        "contact_exists", "SELECT FROM contact WHERE id = $1::bigint AND cluster_id > 0"
    ) { _ in }

    /// Of a contact that is not erased: while its customer is being erased, others may not be yet.
    private static func cluster(of contact: String) -> String {
        "(SELECT cluster_id FROM contact WHERE id = \(contact) AND deleted_at IS NULL AND cluster_id > 0)"
    }

    /// $1 a contact → all of its cluster, if it is not erased: what each owns, and all that it holds.
    fileprivate static let contacts = Query(
        "cluster_rows",
        """
        SELECT id, cluster_id, CASE WHEN owns_email THEN email END, CASE WHEN owns_phone THEN phone_number END,
               CASE WHEN owns_phone THEN phone_key END,
               email, phone_number, phone_key, link_precedence, linked_id, \(Timestamp.text(of: "created_at")),
               client, request_id
          FROM contact
         WHERE deleted_at IS NULL AND cluster_id = \(cluster(of: "$1::bigint"))
         ORDER BY id
        """
    ) { columns in
        let contact = try Contact(owned: &columns)
        let row = Row(
            id: contact.id, email: columns.textOrNull(), phone: columns.phoneOrNull(),
            linkPrecedence: try columns.text(), linkedID: columns.integerOrNull(), createdAt: try columns.text(),
            origin: RequestOrigin(&columns))
        return (contact: contact, row: row)
    }

    /// $1 a contact, $2 the evidence before, $3 how much → the next of its customer's evidence.
    fileprivate static let evidence = Query(
        "cluster_evidence",
        """
        WITH \(evidence(of: "$1::bigint"))
        SELECT id, email, other_email, phone_number, phone_key, other_phone_number, other_phone_key,
               \(Timestamp.text(of: "created_at")), client, request_id, is_withdrawn
          FROM customer_evidence
         WHERE id > $2::bigint
         ORDER BY id
         LIMIT $3::bigint
        """
    ) { columns in
        let id = try columns.integer()
        let emails = [columns.textOrNull(), columns.textOrNull()].compactMap(\.self)
        let phones = [columns.phoneOrNull(), columns.phoneOrNull()].compactMap(\.self)
        return Evidence(
            id: id, emails: emails, phones: phones, at: try columns.text(), origin: RequestOrigin(&columns),
            isWithdrawn: columns.bool())
    }

    /// SQL, two CTEs: `holder`, the contacts of a contact's customer with what their requests wrote, if it is not erased;
    /// and `customer_evidence`, the evidence that they are, and what has an end that they own.
    static func evidence(of contact: String) -> String {
        """
        holder AS (
            SELECT id, coalesce(email, withheld_email) AS email,
                   coalesce(phone_number, withheld_phone_number) AS phone_number,
                   coalesce(phone_key, withheld_phone_key) AS phone_key,
                   owns_email, owns_phone, created_at, client, request_id,
                   withheld_email IS NOT NULL OR withheld_phone_key IS NOT NULL AS is_withdrawn
              FROM written_contact
             WHERE deleted_at IS NULL AND cluster_id = \(cluster(of: contact))),
        customer_evidence AS (
            SELECT id, email, NULL AS other_email, phone_number, phone_key, NULL AS other_phone_number,
                   NULL AS other_phone_key, created_at, client, request_id, is_withdrawn
              FROM holder
             WHERE email IS NOT NULL AND phone_key IS NOT NULL
        \((records + others).joined(separator: "\n")))
        """
    }

    private static let records = [
        "evidence.email = holder.email AND owns_email", "evidence.other_email = holder.email AND owns_email",
        "evidence.phone_key = holder.phone_key AND owns_phone",
        "evidence.other_phone_key = holder.phone_key AND owns_phone",
    ].map {
        """
             UNION
            SELECT evidence.id, evidence.email, other_email, evidence.phone_number, evidence.phone_key,
                   other_phone_number, other_phone_key, evidence.created_at, evidence.client, evidence.request_id,
                   evidence.is_withdrawn
              FROM holder JOIN evidence ON \($0)
        """
    }

    /// Other customers' contacts that are withdrawn evidence for what is owned.
    private static let others = [
        "other.withheld_email = holder.email AND holder.owns_email",
        "other.withheld_phone_key = holder.phone_key AND holder.owns_phone",
    ].map {
        """
             UNION
            SELECT other.id, coalesce(other.email, other.withheld_email), NULL,
                   coalesce(other.phone_number, other.withheld_phone_number),
                   coalesce(other.phone_key, other.withheld_phone_key), NULL, NULL,
                   other.created_at, other.client, other.request_id, true
              FROM holder JOIN written_contact AS other ON \($0)
             WHERE other.deleted_at IS NULL AND coalesce(other.email, other.withheld_email) IS NOT NULL
               AND coalesce(other.phone_key, other.withheld_phone_key) IS NOT NULL
        """
    }
}

extension RequestOrigin {
    /// Of two columns.
    init(_ columns: inout Columns) {
        self.init(client: columns.textOrNull(), requestID: columns.textOrNull())
    }
}
