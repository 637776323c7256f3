import Glibc
import Identity
import PostgreSQL
import Service
import TestSupport

extension Observation {
    /// For identifiers that are known to be valid.
    init(_ email: String?, _ phone: String?) throws {
        self = Observation(
            email: try email.flatMap { text throws(InvalidIdentifier) in try Email(text) },
            phone: try phone.flatMap { text throws(InvalidIdentifier) in try Phone(text, rule: .digitsAsWritten) })!
    }
}

extension ContactStore {
    convenience init(_ database: TestDatabase, deadline: Duration = .seconds(20)) {
        self.init(database: database.url, phoneKeyRule: .digitsAsWritten, requestDeadline: deadline)
    }

    func identify(_ email: String?, _ phone: String?) throws -> Identification {
        var retries: [RetryBudget.Cause: Int] = [:]
        return try identify(Observation(email, phone), counting: &retries)
    }

    func lookUp(_ email: String?, _ phone: String?) throws -> [Cluster] {
        var retries: [RetryBudget.Cause: Int] = [:]
        return try lookUp(Observation(email, phone), counting: &retries)
    }

    func standing(of contact: ContactID) throws -> Standing {
        var retries: [RetryBudget.Cause: Int] = [:]
        return try standing(of: contact, counting: &retries)
    }

    func merges(after cursor: MergeCursor? = nil, limit: Int = 1000) throws -> MergeFeed? {
        var retries: [RetryBudget.Cause: Int] = [:]
        return try merges(after: cursor, limit: limit, counting: &retries)
    }

    /// - Returns: The ids; `nil` where nobody, or not one customer, was meant.
    func erase(_ contact: ContactID) throws -> [ContactID]? {
        try erase(.contact(contact)).contacts
    }

    func erase(_ email: String?, _ phone: String?) throws -> Erasure {
        try erase(.identifiers(Observation(email, phone)))
    }

    private func erase(_ subject: ErasureSubject) throws -> Erasure {
        var retries: [RetryBudget.Cause: Int] = [:]
        return try erase(subject, counting: &retries)
    }
}

extension Erasure {
    var contacts: [ContactID]? {
        if case .erased(let contacts) = self { contacts } else { nil }
    }
}

extension TestDatabase {
    func count(_ sql: String) throws -> Int64 {
        try run("SELECT count(*) FROM \(sql)").integer(0, 0)!
    }

    func findings() throws -> [String] {
        try Verifier(database: url).run().findings
    }

    /// Waits until all transactions are over that run now, also those of other tests: the feed waits for them, too.
    func settle() throws {
        let newest = try run("SELECT pg_current_xact_id()").text(0, 0)!
        while try count("pg_current_snapshot() AS s WHERE pg_snapshot_xmin(s) <= '\(newest)'") > 0 { usleep(1000) }
    }

    /// Each customer's identifiers, in the words of `CustomerModel`.
    func customers() throws -> Set<Set<String>> {
        let rows = try run("SELECT cluster_id, email, phone_key FROM contact WHERE deleted_at IS NULL")
        var customers: [Int64: Set<String>] = [:]
        for row in 0..<rows.count {
            let identifiers = [
                rows.text(row, 1).map { "email \($0)" }, rows.text(row, 2).map { "phone \($0)" },
            ]
            customers[rows.integer(row, 0)!, default: []].formUnion(identifiers.compactMap { $0 })
        }
        return Set(customers.values)
    }
}

extension Cluster {
    /// "primary: e-mails | phones | secondaries"
    var shape: String {
        let parts = [emails.map(\.text), phones.map(\.text), secondaryIDs.map(String.init)]
        return "\(primaryID): " + parts.map { $0.joined(separator: ",") }.joined(separator: " | ")
    }
}
