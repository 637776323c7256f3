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
    convenience init(_ database: TestDatabase, deadline: Duration = .seconds(20), maximumClusterSize: Int = 1000) {
        self.init(
            database: database.url, phoneKeyRule: .digitsAsWritten, requestDeadline: deadline,
            maximumClusterSize: maximumClusterSize)
    }

    func identify(_ email: String?, _ phone: String?) throws -> Identification {
        var retries: [RetryBudget.Cause: Int] = [:]
        return try identify(Observation(email, phone), counting: &retries)
    }
}

extension TestDatabase {
    func count(_ sql: String) throws -> Int64 {
        try run("SELECT count(*) FROM \(sql)").integer(0, 0)!
    }

    func findings() throws -> [String] {
        try Verifier(database: url).run().findings
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
