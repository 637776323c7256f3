internal import Identity
internal import PostgreSQL

/// What stands of one customer: each contact ties the e-mail and the phone that it holds, and each row of `evidence` its two
/// ends.
struct CustomerEvidence {
    struct Tie {
        /// A contact's, or of a row of `evidence`.
        let id: Int64
        /// One or two.
        let identifiers: [Identifier]
        /// What the contact owns, the e-mail if both; `nil` of a row of `evidence`, and of a contact that owns nothing.
        let owned: Identifier?
        let isContact: Bool
    }

    let primaryID: Int64
    fileprivate(set) var ties: [Tie] = []

    /// In the memory that the largest customer needs, and the time of two index scans.
    static func forEachCustomer(in snapshot: Snapshot, _ body: (CustomerEvidence) throws -> Void) throws {
        var current: CustomerEvidence?
        try snapshot.forEachRow(of: CustomerEvidence.rows) { primaryID, tie in
            if primaryID != current?.primaryID {
                if let current { try body(current) }
                current = CustomerEvidence(primaryID: primaryID)
            }
            current?.ties.append(tie)
        }
        if let current { try body(current) }
    }

    private static let rows = Query(
        """
        SELECT cluster_id, id, true, owns_email, owns_phone, email, phone_key, NULL, NULL
          FROM contact WHERE deleted_at IS NULL AND cluster_id > 0
         UNION ALL
        SELECT cluster_id, evidence.id, false, false, false, evidence.email, evidence.phone_key, other_email, other_phone_key
          FROM evidence JOIN contact ON contact.email = evidence.email AND owns_email AND deleted_at IS NULL
         WHERE NOT is_withdrawn
         UNION ALL
        SELECT cluster_id, evidence.id, false, false, false, NULL, evidence.phone_key, NULL, other_phone_key
          FROM evidence JOIN contact ON contact.phone_key = evidence.phone_key AND owns_phone AND deleted_at IS NULL
         WHERE NOT is_withdrawn AND evidence.email IS NULL
         ORDER BY cluster_id
        """
    ) { columns in
        let (primaryID, id, isContact) = (try columns.integer(), try columns.integer(), columns.bool())
        let (ownsEmail, ownsPhone) = (columns.bool(), columns.bool())
        func email() -> Identifier? { columns.textOrNull().map { .email(Email(stored: $0)) } }
        func phone() -> Identifier? { columns.textOrNull().map { .phone(Phone(stored: $0, key: $0)) } }
        let first = (email(), phone())
        return (
            primaryID,
            Tie(
                id: id, identifiers: [first.0, first.1, email(), phone()].compactMap(\.self),
                owned: ownsEmail ? first.0 : ownsPhone ? first.1 : nil, isContact: isContact)
        )
    }
}
