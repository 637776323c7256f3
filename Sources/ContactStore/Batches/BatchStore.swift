internal import Identity
internal import PostgreSQL

/// Writes batches of rows, each in one SERIALIZABLE transaction that takes as little for granted as those of
/// `ContactStore`: new identifiers are arbitrated by their unique indexes, and what was seen owned in a
/// cluster is so as long as its primary is a live primary, which is checked on the rows that are locked.
public final class BatchStore {
    /// How far in its file a batch gets.
    public struct Progress {
        let digest: String
        let rows: Int

        public init(digest: String, rows: Int) {
            self.digest = digest
            self.rows = rows
        }
    }

    /// For one statement: none takes seconds, but where the machine is busy.
    private static let timeout = Duration.seconds(60)

    private let configuration: ConnectionConfiguration
    private let poolerCheck: PoolerCheck
    private let rule: DatabaseRule
    private let maximumClusterSize: Int
    private var current: Connection?

    /// - Throws: `SchemaError`, `DatabaseError`.
    public init(database: String, rule: DatabaseRule, maximumClusterSize: Int) throws {
        configuration = ConnectionConfiguration(database: database, applicationName: "identityd import")
        poolerCheck = PoolerCheck(configuration)
        self.rule = rule
        self.maximumClusterSize = maximumClusterSize
        _ = try connection()
    }

    /// How many rows of the file were imported before.
    public func progress(ofFile digest: String) throws -> Int {
        try run(BatchStatements.progress, [digest]).first ?? 0
    }

    /// Carries out what the rows mean, all of it or nothing.
    /// - Returns: The plan; `nil` where nothing was written, because what was read is no longer so.
    /// - Throws: `DatabaseError`, `ImportError`, `SchemaError`.
    public func carryOut(_ rows: [BatchRow], recording progress: Progress?) throws -> BatchPlan? {
        var plan = try plan(rows)
        return try write(&plan, recording: progress) ? plan : nil
    }

    /// Lets go of a connection that failed.
    public func drop() {
        current = nil
    }

    func plan(_ rows: [BatchRow]) throws -> BatchPlan {
        var (emails, phones) = (Set<Email>(), Set<String>())
        func collect(_ observation: Observation) {
            if let email = observation.email { emails.insert(email) }
            if let phone = observation.phone { phones.insert(phone.key) }
        }
        for row in rows {
            collect(row.observation)
            if let linked = row.linked { collect(linked) }
        }
        let owners = try run(
            BatchStatements.owners, [ArrayParameter(emails.map(\.text)), ArrayParameter(Array(phones))])
        var emailOwners: [Email: ContactID] = [:]
        var phoneOwners: [String: ContactID] = [:]
        for owner in owners {
            if let email = owner.email { emailOwners[Email(stored: email)] = owner.primary }
            if let phone = owner.phoneKey { phoneOwners[phone] = owner.primary }
        }
        var plan = BatchPlan(
            emailOwners: emailOwners, phoneOwners: phoneOwners,
            sizes: try sizes(Set(emailOwners.values).union(phoneOwners.values)), maximumClusterSize: maximumClusterSize)
        for row in rows { plan.add(row) }
        return plan
    }

    /// In contacts, of the clusters of these primaries.
    private func sizes(_ primaries: Set<ContactID>) throws -> [ContactID: Int] {
        if primaries.isEmpty { return [:] }
        return Dictionary(uniqueKeysWithValues: try run(BatchStatements.sizes, [ArrayParameter(Array(primaries))]))
    }

    /// - Returns: Whether it was written.
    func write(_ plan: inout BatchPlan, recording progress: Progress?) throws -> Bool {
        do {
            return try writeGuarded(&plan, recording: progress)
        } catch let error as DatabaseError where error.isUniqueViolation {
            return false
        }
    }

    private func writeGuarded(_ plan: inout BatchPlan, recording progress: Progress?) throws -> Bool {
        let primaries = plan.primaries.sorted()
        try run(BatchStatements.begin)
        let locked = try run(BatchStatements.lockPrimaries, [ArrayParameter(primaries)])
        // As a request that merges, and for its reasons (docs/decisions/0009), this counts again.
        let isAsPlanned =
            try locked.count(where: \.self) == primaries.count
            && sizes(plan.merged).allSatisfy { plan.sizesBefore[$0.key] == $0.value }
        guard isAsPlanned else {
            try connection().run(script: "ROLLBACK", before: deadline)
            return false
        }
        let ids = try newIDs(plan.contacts.count, above: primaries.last ?? 0)
        func id(_ id: ContactID) -> ContactID {
            id < BatchPlan.firstNewID ? id : ids[Int(id - BatchPlan.firstNewID)]
        }

        let absorbed = plan.absorbed()
        if !absorbed.isEmpty {
            try run(
                BatchStatements.absorb,
                [ArrayParameter(absorbed.map(\.absorbed)), ArrayParameter(absorbed.map(\.primary))])
        }

        var contacts = CopyRows()
        for (contact, contactID) in zip(plan.contacts, ids) {
            let primary = id(plan.primary(of: contact.primaryID))
            let (email, phone) = (contact.observation.email, contact.observation.phone)
            let isPrimary = primary == contactID
            contacts.append(
                contactID, isPrimary ? nil : primary, isPrimary ? "primary" : "secondary",
                email?.text, phone?.text, phone?.key, contact.ownsEmail, contact.ownsPhone)
        }
        try copy(
            contacts,
            into: "contact (id, linked_id, link_precedence, email, phone_number, phone_key, owns_email, owns_phone)")

        var merges = CopyRows()
        for merge in plan.merges {
            let (email, phone) = (merge.observation?.email, merge.observation?.phone)
            merges.append(id(merge.primaryID), id(merge.absorbedID), email?.text, phone?.text, phone?.key)
        }
        try copy(merges, into: "contact_merge (primary_id, absorbed_id, email, phone_number, phone_key)")

        if let progress { try run(BatchStatements.recordProgress, [progress.digest, Int64(progress.rows)]) }
        try run(BatchStatements.commit)
        return true
    }

    /// Ids in the order of the rows, which is to be the order of age.
    private func newIDs(_ count: Int, above newest: ContactID) throws -> [ContactID] {
        let ids = try run(BatchStatements.newIDs, [Int64(count)])
        guard zip([newest] + ids, ids).allSatisfy({ $0 < $1 }) else { throw SchemaError.idsInUse }
        return ids
    }
}

// MARK: - The connection

extension BatchStore {
    private var deadline: Deadline { .after(BatchStore.timeout) }

    private func connection() throws -> Connection {
        if let current { return current }
        let connection = try Connection(configuration, before: .after(.seconds(10)))
        try poolerCheck.run(on: connection, before: deadline)
        try Schema.check(connection, rule: rule, before: deadline)
        // What is only read needs no guard, because all of it is checked when it is written. What waits for a
        // lock holds others', for which requests wait: so not for long.
        try connection.run(
            script: """
                SET default_transaction_isolation = 'read committed';
                SET enable_seqscan = off;
                SET enable_bitmapscan = off;
                SET plan_cache_mode = force_generic_plan;
                SET lock_timeout = '100ms';
                SET idle_in_transaction_session_timeout = '10s';
                """, before: deadline)
        try connection.prepare(BatchStatements.all, before: deadline)
        current = connection
        return connection
    }

    private func run(_ statement: Statement, _ parameters: Parameters = []) throws {
        _ = try connection().run(statement, parameters, before: deadline)
    }

    private func run<Row>(_ query: Query<Row>, _ parameters: Parameters) throws -> [Row] {
        try connection().run(query, parameters, before: deadline)
    }

    private func copy(_ rows: CopyRows, into target: String) throws {
        if rows.count > 0 { try connection().copy(rows, into: target, before: deadline) }
    }
}

extension DatabaseError {
    /// Another contact introduced the identifier.
    fileprivate var isUniqueViolation: Bool { sqlState == "23505" }
}
