internal import EventLoop
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
    /// Erases a whole customer: its contacts stay as tombstones, and nothing holds its identifiers any more: no evidence, no
    /// correction, and no contact of others that withholds one.
    ///
    /// Where a standby is read, it returns when none shows the customer any more that may be read: an answer from one is no older than
    /// `maximumLag`.
    public func erase(_ subject: ErasureSubject) async throws(StoreError) -> Reply<Erasure> {
        guard let standby else { return try await erase(subject, within: requestDeadline) }
        let reply = try await erase(subject, within: requestDeadline - standby.maximumLag)
        if case .erased = reply.value { await loop.pause(for: standby.maximumLag) }
        return reply
    }

    private func erase(
        _ subject: ErasureSubject, within duration: Duration
    ) async throws(StoreError) -> Reply<Erasure> {
        guard case .identifiers(let observation) = subject else {
            return try await retrying(within: duration) { attempt in
                try await erase(subject.contact, named: nil, before: attempt.deadline)
            }
        }
        // Once known, the id stays the subject: should an answer be lost, the identifiers are gone already.
        var known: ContactID??
        return try await retrying(within: duration) { attempt in
            if let contact = known {
                return try await erase(contact, named: observation, before: attempt.deadline)
            }
            var pipeline = Pipeline()
            let owners = pipeline.execute(Erasure.owners, [observation.email?.text, observation.phone?.key])
            let answers = try await run(pipeline, before: attempt.deadline)
            switch Erasure.customer(of: observation, try answers[owners][0]) {
            case .success(let contact): known = .some(contact)
            case .failure(let reason): return .done(reason.erasure)
            }
            return .goOn
        } willRetry: { cause, _ in
            if cause == .stale { known = nil }
        }
    }

    /// The customer of this contact; `nil` where only what names nobody is to be forgotten.
    /// - Parameter named: What its customer must still own, besides what names nobody, which is forgotten with it. Where all of it
    ///   names nobody by now, nobody is erased.
    private func erase(
        _ contact: ContactID?, named: Observation?, before deadline: Deadline
    ) async throws -> Progress<Erasure> {
        let (email, phoneKey) = (named?.email?.text, named?.phone?.key)
        var pipeline = Pipeline()
        pipeline.execute(ContactStatements.begin)
        let lock = pipeline.execute(Erasure.lock, [contact])
        let owners = pipeline.execute(Erasure.owners, [email, phoneKey])
        let erase = pipeline.execute(
            Erasure.eraseYoungest, [contact, Erasure.largestCustomer, true, email, phoneKey])
        pipeline.execute(Erasure.forgetNobodys, [email, phoneKey])
        let tombstones = pipeline.execute(Erasure.tombstones, [contact, Erasure.largestCustomer + 1])
        pipeline.execute(ContactStatements.commit)
        let answers = try await run(pipeline, before: deadline)

        let primary = try answers[lock].first
        if let named, answers.written(erase) == 0 {
            switch Erasure.customer(of: named, try answers[owners][0]) {
            case .success(nil): return .done(.erased([]))
            case .failure(.unknown) where contact == nil: return .done(.erased([]))
            case .success(let owner) where owner == primary: break
            default: if contact == nil || primary != nil { return .stale }
            }
        }
        if let primary, answers.written(erase) == 0 { return .done(.tooLarge(primary: primary)) }
        let erased = try answers[tombstones]
        guard let first = erased.first else { return .done(.unknown) }
        if erased.count > Erasure.largestCustomer { return .done(.tooLarge(primary: first.primary)) }
        return .done(.erased(erased.map(\.contact)))
    }
}

extension ErasureSubject {
    fileprivate var contact: ContactID? { if case .contact(let contact) = self { contact } else { nil } }
}

extension Erasure {
    /// Why identifiers do not name one customer.
    enum NoCustomer: Error {
        case unknown
        case ambiguous

        var erasure: Erasure { self == .unknown ? .unknown : .ambiguous }
    }

    /// - Parameter owners: The answer of `owners`.
    /// - Returns: The primary of the customer that has all of the identifiers but for those that name nobody; `nil` where they
    ///   all do.
    static func customer(
        of observation: Observation, _ owners: (email: ContactID?, phone: ContactID?)
    ) -> Swift.Result<ContactID?, NoCustomer> {
        let named = [observation.email.map { _ in owners.email }, observation.phone.map { _ in owners.phone }]
            .compactMap { $0 }
        let known = Set(named.compactMap { $0 })
        guard let customer = known.max() else { return .failure(.unknown) }
        if customer < 0 { return named.contains(nil) ? .failure(.ambiguous) : .success(nil) }
        return known.count { $0 > 0 } == 1 && !named.contains(nil) ? .success(customer) : .failure(.ambiguous)
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
        owners.statement, lock.statement, eraseYoungest, forgetNobodys, tombstones.statement, size.statement,
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

    /// $1 a contact, $2 how many of its cluster to erase, $3 whether only if that is all of it and none is erased yet, $4 e-mail
    /// and $5 phone key that the cluster must own, one of them at least, unless they are NULL or nobody's → as many rows
    /// written. Where the primary is not among them it is written, too, so a transaction that waited for it starts over.
    ///
    /// The order is that of `contact_cluster` and of no other index: by id alone, the planner may go through the primary
    /// key, where every insert writes.
    static let eraseYoungest = Statement(
        "erase_youngest",
        """
        WITH youngest AS (
            SELECT ctid AS place, id, CASE WHEN owns_email THEN email END AS email,
                   CASE WHEN owns_phone THEN phone_key END AS phone_key
              FROM contact
             WHERE deleted_at IS NULL AND cluster_id BETWEEN \(cluster) AND \(cluster)
             ORDER BY cluster_id DESC, id DESC LIMIT $2::bigint),
        piece AS (
            SELECT * FROM youngest
             WHERE (NOT $3::boolean
                OR (SELECT min(id) FROM youngest) = \(cluster)
               AND NOT EXISTS (SELECT FROM contact WHERE deleted_at IS NOT NULL AND cluster_id = \(cluster)))
               AND ($4::text IS NULL OR \(isOwned(by: "email = $4::text AND owns_email")))
               AND ($5::text IS NULL OR \(isOwned(by: "phone_key = $5::text AND owns_phone")))
               AND (num_nonnulls($4::text, $5::text) = 0 OR \(cluster) IN (
        \(ContactStatements.owners("cluster_id", email: "$4::text", phoneKey: "$5::text"))))),
        \(forgetting("piece")),
        primary_contact AS (
            UPDATE contact SET updated_at = clock_timestamp()
             WHERE id = \(cluster) AND id < (SELECT min(id) FROM piece)),
        change AS (
            INSERT INTO change (kind, primary_id, contact_ids)
            SELECT 'erased', \(cluster), array_agg(id ORDER BY id) FROM piece HAVING count(*) > 0)
        UPDATE contact
           SET \(emptied)
         WHERE ctid = ANY (ARRAY(SELECT place FROM piece))
        """)

    /// $1 e-mail, $2 phone key → as many rows written as of them name nobody; none where a customer owns the other.
    static let forgetNobodys = Statement(
        "forget_nobodys",
        """
        WITH nobody AS (
            SELECT WHERE greatest(
        \(ContactStatements.owners("cluster_id", email: "$1::text", phoneKey: "$2::text"))) < 0),
        piece AS (
            SELECT id, email, NULL AS phone_key FROM nobody, contact
             WHERE email = $1::text AND owns_email AND deleted_at IS NULL AND cluster_id < 0
             UNION ALL
            SELECT id, NULL, phone_key FROM nobody, contact
             WHERE phone_key = $2::text AND owns_phone AND deleted_at IS NULL AND cluster_id < 0),
        \(forgetting("piece"))
        UPDATE contact
           SET \(emptied)
         WHERE id = ANY (ARRAY(SELECT id FROM piece))
        """)

    /// SQL: what makes a tombstone of a contact.
    static let emptied = """
        email = NULL, phone_number = NULL, phone_key = NULL, owns_email = false, owns_phone = false,
               updated_at = clock_timestamp(), deleted_at = clock_timestamp()
        """

    /// SQL: whether the owner is of the cluster to erase, or nobody.
    private static func isOwned(by owner: String) -> String {
        """
        (SELECT cluster_id < 0 OR cluster_id = \(cluster) FROM contact WHERE \(owner) AND deleted_at IS NULL)
        """
    }

    /// CTEs that take the identifiers of `piece` out of all else that names them: evidence; what contacts of others withhold;
    /// corrections, which are empty from then on and say nothing any more, but that the evidence they list stays withdrawn.
    private static func forgetting(_ piece: String) -> String {
        let ends =
            ["email", "other_email"].map { ("email", $0) } + ["phone_key", "other_phone_key"].map { ("phone_key", $0) }
        func ids(_ column: String, of table: String, where ends: [(String, String)]) -> String {
            ends.map {
                "SELECT \(table).\(column) FROM \(piece) JOIN \(table) ON \(table).\($0.1) = \(piece).\($0.0)"
            }.joined(separator: "\n                 UNION\n                ")
        }
        // A contact that holds nothing, and whose home is erased, was the erased one's.
        func gone(_ column: String, _ kind: String) -> String { "\(column) IN (SELECT \(kind) FROM \(piece))" }
        let homeIsGone = """
            contact.email IS NULL AND contact.phone_key IS NULL
            AND (home = 'email' AND \(gone("withheld.email", "email"))
                 OR home = 'phoneNumber' AND \(gone("withheld.phone_key", "phone_key")))
            """
        let emailIsGone = "\(gone("withheld.email", "email")) OR \(homeIsGone)"
        let phoneIsGone = "\(gone("withheld.phone_key", "phone_key")) OR \(homeIsGone)"
        let near = [("email", "email"), ("phone_key", "phone_key")]
        return """
            evidence_gone AS (
                DELETE FROM evidence WHERE id = ANY (ARRAY(
                \(ids("id", of: "evidence", where: ends))))),
            forgotten AS (
                UPDATE withheld
                   SET email = CASE WHEN \(emailIsGone) THEN NULL ELSE withheld.email END,
                       phone_number = CASE WHEN \(phoneIsGone) THEN NULL ELSE withheld.phone_number END,
                       phone_key = CASE WHEN \(phoneIsGone) THEN NULL ELSE withheld.phone_key END
                  FROM contact
                 WHERE id = contact_id AND id <> ALL (ARRAY(SELECT id FROM \(piece))) AND contact_id = ANY (ARRAY(
                \(ids("contact_id", of: "withheld", where: near))))),
            withheld_gone AS (
                DELETE FROM withheld WHERE contact_id = ANY (ARRAY(SELECT id FROM \(piece)))),
            corrected AS (
                \(ids("correction_id", of: "kept_apart", where: near))
                 UNION
                \(ids("id", of: "correction", where: near))),
            covered AS (
                \(covered)),
            emptied AS (
                UPDATE correction
                   SET evidence = evidence || ARRAY(SELECT id FROM covered WHERE correction_id = correction.id),
                       email = NULL, phone_number = NULL, phone_key = NULL, note = NULL, erased_at = clock_timestamp()
                 WHERE erased_at IS NULL AND id = ANY (ARRAY(SELECT correction_id FROM corrected))),
            no_more_apart AS (
                DELETE FROM kept_apart WHERE correction_id = ANY (ARRAY(SELECT correction_id FROM corrected)))
            """
    }

    /// SQL: the evidence that ties what corrections keep apart which are to be emptied.
    private static let covered = [
        "evidence ON evidence.email = pair.email AND evidence.phone_key = pair.other_phone_key",
        "evidence ON evidence.email = pair.email AND evidence.other_email = pair.other_email",
        "evidence ON evidence.phone_key = pair.phone_key AND evidence.other_phone_key = pair.other_phone_key",
        "written_contact AS evidence ON withheld_phone_key = pair.other_phone_key AND evidence.email = pair.email",
        "written_contact AS evidence ON withheld_email = pair.email AND evidence.phone_key = pair.other_phone_key",
        "written_contact AS evidence ON withheld_email = pair.email AND withheld_phone_key = pair.other_phone_key",
    ].map {
        "SELECT pair.correction_id, evidence.id FROM kept_apart AS pair JOIN \($0)\n"
            + "                 WHERE stands AND pair.correction_id IN (SELECT correction_id FROM corrected)"
    }.joined(separator: "\n                 UNION\n                ")

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

    private static let cluster = "(SELECT cluster_id FROM contact WHERE id = $1::bigint AND cluster_id > 0)"
}
