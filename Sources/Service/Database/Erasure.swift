public import Identity
public import PostgreSQL

/// How an order to erase a customer ended.
public enum Erasure: Sendable {
    /// Every contact of the customer, in order of their ids; also where they were erased before.
    case erased([ContactID])
    /// Nobody has this id, or these identifiers.
    case unknown
    /// The two identifiers are not both of one customer.
    case ambiguous
}

/// Whom to erase.
public enum ErasureSubject: Sendable {
    /// Any contact of the customer.
    case contact(ContactID)
    case identifiers(Observation)
}

extension ContactStore {
    /// Erases a whole customer: its contacts stay as tombstones, and they and the evidence of its merges hold no
    /// identifiers any more.
    /// - Throws: As `identify`.
    public func erase(
        _ subject: ErasureSubject, counting retries: inout [RetryBudget.Cause: Int]
    ) async throws -> Erasure {
        var subject = subject
        return try await attempt(counting: &retries) { budget in
            // Once known, the id stays the subject: should an answer be lost, the identifiers are gone already.
            if case .identifiers(let observation) = subject {
                let clusters = Cluster.all(
                    of: try await reader.contacts(observation.email, observation.phone, before: budget.deadline))
                guard let cluster = clusters.first else { return .unknown }
                guard clusters.count == 1, cluster.knows(observation) else { return .ambiguous }
                subject = .contact(cluster.primaryID)
            }
            guard case .contact(let contact) = subject else { return .unknown }
            let erased = try await erase(contact, before: budget.deadline)
            return erased.isEmpty ? .unknown : .erased(erased)
        }
    }

    /// The contacts of the customer who has this one.
    private func erase(_ contact: ContactID, before deadline: Deadline) async throws -> [ContactID] {
        var pipeline = Pipeline()
        pipeline.execute(ContactStatements.begin)
        for statement in Erasure.statements { pipeline.execute(statement, [contact]) }
        pipeline.execute(ContactStatements.commit)
        let answers = try await run(pipeline, before: deadline)
        let tombstones = answers[Erasure.statements.count]
        return (0..<tombstones.count).map { tombstones.integer($0, 0)! }
    }
}

/// Each takes a contact, and finds its cluster: between them, in a SERIALIZABLE transaction, nobody moves it. A
/// secondary that is linked, or a cluster that is absorbed, at the same moment is not seen here; but that
/// transaction reads the primary which this one writes, and this one the cluster that it writes to, so
/// PostgreSQL lets only one of the two commit.
extension Erasure {
    static let statements = [lock, eraseEvidence, eraseContacts, tombstones]

    /// The primary, as all do who write to a cluster: they wait here, and not in each other's way.
    private static let lock = Statement(
        "lock_primary",
        """
        SELECT id FROM contact
         WHERE deleted_at IS NULL AND id = (SELECT cluster_id FROM contact WHERE id = $1::bigint)
           FOR NO KEY UPDATE
        """)

    private static let eraseEvidence = Statement(
        "erase_evidence",
        """
        UPDATE contact_merge
           SET email = NULL, phone_number = NULL, phone_key = NULL
         WHERE absorbed_id = ANY (ARRAY(
               SELECT id FROM contact
                WHERE deleted_at IS NULL AND cluster_id = (SELECT cluster_id FROM contact WHERE id = $1::bigint)))
        """)

    private static let eraseContacts = Statement(
        "erase_contacts",
        """
        UPDATE contact
           SET email = NULL, phone_number = NULL, phone_key = NULL, owns_email = false, owns_phone = false,
               updated_at = clock_timestamp(), deleted_at = clock_timestamp()
         WHERE deleted_at IS NULL AND cluster_id = (SELECT cluster_id FROM contact WHERE id = $1::bigint)
        """)

    private static let tombstones = Statement(
        "tombstones",
        """
        SELECT id FROM contact
         WHERE deleted_at IS NOT NULL AND cluster_id = (SELECT cluster_id FROM contact WHERE id = $1::bigint)
         ORDER BY id
        """)
}
