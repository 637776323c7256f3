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

    private let connection: PieceConnection
    private let maximumClusterSize: Int

    /// - Throws: `SchemaError`, `DatabaseError`.
    public init(database: String, rule: DatabaseRule, maximumClusterSize: Int) throws {
        // What is only read needs no guard, because all of it is checked when it is written.
        connection = try PieceConnection(
            database: database, rule: rule, command: "identityd import",
            settings: "SET default_transaction_isolation = 'read committed'; SET enable_bitmapscan = off;",
            preparing: BatchStatements.all)
        self.maximumClusterSize = maximumClusterSize
    }

    /// How many rows of the file were imported before.
    public func progress(ofFile digest: String) throws -> Int {
        try connection.run(BatchStatements.progress, [digest]).first ?? 0
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
        connection.drop()
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
        var known = BatchPlan.Known()
        for owner in try owners(emails.map(\.text), Array(phones)) {
            if let email = owner.email { known.emailOwners[Email(stored: email)] = owner.primary }
            if let phone = owner.phoneKey { known.phoneOwners[phone] = owner.primary }
        }
        let primaries = Set(known.emailOwners.values).union(known.phoneOwners.values).filter { $0 > 0 }
        known.sizes = try sizes(primaries)
        known.keptApart = try keptApart(primaries)
        let pairs = rows.flatMap(\.pairs).filter { pair in pair.ends.allSatisfy { known.owner(of: $0) != nil } }
        if !pairs.isEmpty {
            known.pairs = Set(try connection.run(BatchStatements.standing, BatchStatements.columns(pairs)))
        }
        var plan = BatchPlan(known, maximumClusterSize: maximumClusterSize)
        for row in rows { plan.add(row) }
        return plan
    }

    private func owners(
        _ emails: [String], _ phones: [String]
    ) throws -> [(email: String?, phoneKey: String?, primary: ContactID?)] {
        try connection.run(BatchStatements.owners, [ArrayParameter(emails), ArrayParameter(phones)])
    }

    /// Whether what was owned in these clusters is so still: a correction may have parted it.
    private func ownersAreStill(_ known: BatchPlan.Known, of primaries: Set<ContactID>) throws -> Bool {
        let emails = known.emailOwners.filter { primaries.contains($0.value) }
        let phones = known.phoneOwners.filter { primaries.contains($0.value) }
        if emails.isEmpty && phones.isEmpty { return true }
        return try owners(emails.keys.map(\.text), Array(phones.keys)).allSatisfy { owner in
            owner.primary == owner.email.flatMap { emails[Email(stored: $0)] } ?? owner.phoneKey.flatMap { phones[$0] }
        }
    }

    /// In contacts, of the clusters of these primaries.
    private func sizes(_ primaries: Set<ContactID>) throws -> [ContactID: Int] {
        if primaries.isEmpty { return [:] }
        return Dictionary(
            uniqueKeysWithValues: try connection.run(BatchStatements.sizes, [ArrayParameter(Array(primaries))]))
    }

    /// Which of the clusters of these primaries corrections keep apart, either way.
    private func keptApart(_ primaries: Set<ContactID>) throws -> [ContactID: Set<ContactID>] {
        if primaries.count < 2 { return [:] }
        let pairs = try connection.run(BatchStatements.keptApart, [ArrayParameter(Array(primaries))])
        return Dictionary(grouping: pairs, by: \.one).mapValues { Set($0.map(\.other)) }
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
        try connection.run(BatchStatements.begin)
        let locked = try connection.run(BatchStatements.lockPrimaries, [ArrayParameter(primaries)])
        // As a request that merges, and for its reasons (docs/decisions/0009), this counts again.
        let isAsPlanned =
            try locked.count(where: \.self) == primaries.count
            && sizes(plan.merged).allSatisfy { plan.before.sizes[$0.key] == $0.value }
            && keptApart(plan.merged).allSatisfy { plan.before.keptApart[$0.key]?.isSuperset(of: $0.value) == true }
            && ownersAreStill(plan.before, of: plan.primaries)
        guard isAsPlanned else {
            try connection.rollBack()
            return false
        }
        let ids = try newIDs(plan.contacts.count, above: primaries.last ?? 0)
        func id(_ id: ContactID) -> ContactID {
            id < BatchPlan.firstNewID ? id : ids[Int(id - BatchPlan.firstNewID)]
        }

        try connection.run(ContactStatements.touch, [ArrayParameter(primaries)])
        let absorbed = plan.absorbed()
        if !absorbed.isEmpty {
            try connection.run(
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
        try connection.copy(
            contacts,
            into: "contact (id, linked_id, link_precedence, email, phone_number, phone_key, owns_email, owns_phone)")

        var merges = CopyRows()
        for merge in plan.merges { merges.append(id(merge.primaryID), id(merge.absorbedID)) }
        try connection.copy(merges, into: "change (primary_id, other_id)")

        if !plan.ties.isEmpty { try connection.run(BatchStatements.tie, BatchStatements.columns(plan.ties)) }
        if let progress { try connection.run(BatchStatements.recordProgress, [progress.digest, Int64(progress.rows)]) }
        try connection.run(BatchStatements.commit)
        return true
    }

    /// Ids in the order of the rows, which is to be the order of age.
    private func newIDs(_ count: Int, above newest: ContactID) throws -> [ContactID] {
        let ids = try connection.run(ContactStatements.newIDs, [Int64(count)])
        guard zip([newest] + ids, ids).allSatisfy({ $0 < $1 }) else { throw SchemaError.idsInUse }
        return ids
    }
}

extension DatabaseError {
    /// Another contact introduced the identifier.
    fileprivate var isUniqueViolation: Bool { sqlState == "23505" }
}
