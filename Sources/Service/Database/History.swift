public import Identity
public import PostgreSQL

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
public enum Standing: Sendable {
    case live(History)
    case erased
    /// It was never given out.
    case unknown
}

extension ContactStore {
    /// What became of a contact, whatever its cluster was merged into since.
    /// - Throws: As `identify`.
    public func standing(
        of contact: ContactID, counting retries: inout [RetryBudget.Cause: Int]
    ) async throws -> Standing {
        try await attempt(counting: &retries) { budget in
            // Without BEGIN, the statements of a pipeline are one transaction, and see one moment.
            var pipeline = Pipeline()
            for statement in History.statements { pipeline.execute(statement, [contact]) }
            let answers = try await run(pipeline, before: budget.deadline)
            if let history = History(rows: answers[1], merges: answers[2]) { return .live(history) }
            return answers[0].count > 0 ? .erased : .unknown
        }
    }
}

extension History {
    static let statements = [exists, rows, merges]

    private static let exists = Statement("contact_exists", "SELECT FROM contact WHERE id = $1::bigint")

    /// Of a contact that is not erased: while its customer is being erased, others may not be yet.
    private static let cluster = "(SELECT cluster_id FROM contact WHERE id = $1::bigint AND deleted_at IS NULL)"

    /// $1 a contact → all of its cluster, if it is not erased.
    private static let rows = Statement(
        "cluster_rows",
        """
        SELECT id, cluster_id, email, phone_number, phone_key, owns_email, owns_phone, link_precedence, linked_id,
               \(Timestamp.text(of: "created_at"))
          FROM contact
         WHERE deleted_at IS NULL AND cluster_id = \(cluster)
         ORDER BY id
        """)

    /// $1 a contact → the merges that its cluster was made of, if it is not erased.
    private static let merges = Statement(
        "cluster_merges",
        """
        SELECT id, primary_id, absorbed_id, \(Timestamp.text(of: "merged_at")), email, phone_number
          FROM contact_merge
         WHERE absorbed_id = ANY (ARRAY(
               SELECT id FROM contact
                WHERE deleted_at IS NULL AND cluster_id = \(cluster)))
         ORDER BY contact_merge.merged_at, id
        """)

    /// `nil` where there are no rows.
    fileprivate init?(rows answer: Rows, merges: Rows) {
        if answer.count == 0 { return nil }
        cluster = Cluster.all(of: (0..<answer.count).map { Contact(answer, $0) })[0]
        rows = (0..<answer.count).map { row in
            Row(
                id: answer.integer(row, 0)!, email: answer.text(row, 2), phone: answer.text(row, 3),
                linkPrecedence: answer.text(row, 7)!, linkedID: answer.integer(row, 8), createdAt: answer.text(row, 9)!)
        }
        self.merges = (0..<merges.count).map { row in
            Evidence(merge: Merge(merges, row), email: merges.text(row, 4), phone: merges.text(row, 5))
        }
    }
}

extension Contact {
    /// What a row of `cluster_rows` introduced.
    fileprivate init(_ rows: Rows, _ row: Int) {
        self.init(
            id: rows.integer(row, 0)!, primaryID: rows.integer(row, 1)!,
            email: rows.bool(row, 5) ? rows.text(row, 2).map(Email.init(stored:)) : nil,
            phone: rows.bool(row, 6) ? rows.text(row, 3).map { Phone(stored: $0, key: rows.text(row, 4)!) } : nil)
    }
}
