public import Identity
internal import PostgreSQL

/// How an order to erase a customer ended.
public enum Erasure: Sendable {
    /// Every contact of the customer, in order of their ids; also where they were erased before.
    case erased([ContactID])
    /// No contact has this id, or these identifiers.
    case unknown
    /// The two identifiers are not both of one customer.
    case ambiguous
    /// The customer has more contacts than one request erases, or is being erased in pieces. Nothing was written.
    case tooLarge(primary: ContactID)

    /// In contacts: what one transaction erases while others wait for no longer than they do for others' requests.
    static let largestCustomer: Int64 = 10_000
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
    public func erase(_ subject: ErasureSubject) async throws(StoreError) -> Reply<Erasure> {
        var subject = subject
        return try await retrying { attempt in
            switch subject {
            case .contact(let contact):
                return .done(try await erase(contact, before: attempt.deadline))
            case .identifiers(let observation):
                var pipeline = Pipeline()
                let owners = pipeline.execute(
                    Erasure.owners, [observation.email?.text, observation.phone?.key])
                let answers = try await run(pipeline, before: attempt.deadline)
                switch Erasure.customer(of: observation, try answers[owners][0]) {
                // Once known, the id stays the subject: should an answer be lost, the identifiers are gone already.
                case .success(let contact): subject = .contact(contact)
                case .failure(let reason): return .done(reason.erasure)
                }
                return .goOn
            }
        }
    }

    /// The customer of this contact.
    private func erase(_ contact: ContactID, before deadline: Deadline) async throws -> Erasure {
        var pipeline = Pipeline()
        pipeline.execute(ContactStatements.begin)
        let lock = pipeline.execute(Erasure.lock, [contact])
        let erase = pipeline.execute(Erasure.eraseYoungest, [contact, Erasure.largestCustomer, true])
        let tombstones = pipeline.execute(Erasure.tombstones, [contact, Erasure.largestCustomer + 1])
        pipeline.execute(ContactStatements.commit)
        let answers = try await run(pipeline, before: deadline)
        let erased = try answers[tombstones]
        if let primary = try answers[lock].first, answers.written(erase) == 0 { return .tooLarge(primary: primary) }
        guard let first = erased.first else { return .unknown }
        if erased.count > Erasure.largestCustomer { return .tooLarge(primary: first.primary) }
        return .erased(erased.map(\.contact))
    }
}

extension Erasure {
    /// Why identifiers do not name one customer.
    enum NoCustomer: Error {
        case unknown
        case ambiguous

        var erasure: Erasure { self == .unknown ? .unknown : .ambiguous }
    }

    /// - Parameter owners: The answer of `owners`.
    /// - Returns: The primary of the customer that has all of the identifiers.
    static func customer(
        of observation: Observation, _ owners: (email: ContactID?, phone: ContactID?)
    ) -> Swift.Result<ContactID, NoCustomer> {
        let named = [observation.email.map { _ in owners.email }, observation.phone.map { _ in owners.phone }]
            .compactMap { $0 }
        let known = Set(named.compactMap { $0 })
        guard let customer = known.first else { return .failure(.unknown) }
        return known.count == 1 && !named.contains(nil) ? .success(customer) : .failure(.ambiguous)
    }
}

/// Each but the first takes a contact, and finds its cluster: between them, in a SERIALIZABLE transaction, no other
/// moves it. A secondary that is linked, or a cluster that is absorbed, at the same moment is not seen here; but that
/// transaction reads the primary which this one writes, and this one the cluster that it writes to, so
/// PostgreSQL lets only one of the two commit.
///
/// A large customer is erased in pieces, each a transaction of its own (docs/decisions/0019): the youngest contacts
/// first, and the primary with the last of them. A contact holds, besides what it introduced, only what an older one
/// did; so what is left owns all that it holds.
extension Erasure {
    static let statements = [
        owners.statement, lock.statement, eraseYoungest, tombstones.statement, size.statement,
    ]

    /// $1 e-mail, $2 phone key → the primary of the one's owner, and of the other's.
    static let owners = Query(
        "owning_customers", "SELECT\n\(ContactStatements.owners("cluster_id", email: "$1", phoneKey: "$2"))"
    ) { columns -> (email: ContactID?, phone: ContactID?) in
        (columns.integerOrNull(), columns.integerOrNull())
    }

    /// $1 a contact → its cluster's primary, if it is live, locked, as all do who write to a cluster: they wait here, and
    /// not in each other's way.
    static let lock = Query(
        "lock_primary",
        """
        SELECT id FROM contact
         WHERE deleted_at IS NULL AND id = \(cluster)
           FOR NO KEY UPDATE
        """
    ) { columns -> ContactID in
        try columns.integer()
    }

    /// $1 a contact, $2 how many of its cluster to erase, $3 whether only if that is all of it and none is erased yet
    /// → as many rows written. Where the primary is not among them it is written, too, so a transaction that waited for it starts
    /// over.
    ///
    /// The order is that of `contact_cluster` and of no other index: by id alone, the planner may go through the primary
    /// key, where every insert writes.
    static let eraseYoungest = Statement(
        "erase_youngest",
        """
        WITH youngest AS (
            SELECT ctid AS place, id FROM contact
             WHERE deleted_at IS NULL AND cluster_id BETWEEN \(cluster) AND \(cluster)
             ORDER BY cluster_id DESC, id DESC LIMIT $2::bigint),
        piece AS (
            SELECT place, id FROM youngest
             WHERE NOT $3::boolean
                OR (SELECT min(id) FROM youngest) = \(cluster)
               AND NOT EXISTS (SELECT FROM contact WHERE deleted_at IS NOT NULL AND cluster_id = \(cluster))),
        evidence AS (
            UPDATE contact_merge
               SET email = NULL, phone_number = NULL, phone_key = NULL
             WHERE absorbed_id = ANY (ARRAY(SELECT id FROM piece))),
        primary_contact AS (
            UPDATE contact SET updated_at = clock_timestamp()
             WHERE id = \(cluster) AND id < (SELECT min(id) FROM piece))
        UPDATE contact
           SET email = NULL, phone_number = NULL, phone_key = NULL, owns_email = false, owns_phone = false,
               updated_at = clock_timestamp(), deleted_at = clock_timestamp()
         WHERE ctid = ANY (ARRAY(SELECT place FROM piece))
        """)

    /// $1 a contact, $2 how many → the erased contacts of its cluster, each with the primary.
    fileprivate static let tombstones = Query(
        "tombstones",
        """
        SELECT id, cluster_id FROM contact
         WHERE deleted_at IS NOT NULL AND cluster_id BETWEEN \(cluster) AND \(cluster)
         ORDER BY cluster_id, id LIMIT $2::bigint
        """
    ) { columns -> (contact: ContactID, primary: ContactID) in
        (try columns.integer(), try columns.integer())
    }

    /// $1 a contact → its cluster's primary, and how many contacts of it are live, and how many erased.
    static let size = Query(
        "size_to_erase",
        """
        SELECT cluster_id,
               (SELECT count(*) FROM contact AS live
                 WHERE live.cluster_id = contact.cluster_id AND live.deleted_at IS NULL),
               (SELECT count(*) FROM contact AS erased
                 WHERE erased.cluster_id = contact.cluster_id AND erased.deleted_at IS NOT NULL)
          FROM contact WHERE id = $1::bigint
        """
    ) { columns -> (primary: ContactID, live: Int, erased: Int) in
        (try columns.integer(), Int(try columns.integer()), Int(try columns.integer()))
    }

    private static let cluster = "(SELECT cluster_id FROM contact WHERE id = $1::bigint)"
}
