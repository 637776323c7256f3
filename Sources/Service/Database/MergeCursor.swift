/// How far a follower of the feed has come.
public struct MergeCursor: Equatable, Sendable, CustomStringConvertible {
    /// The PostgreSQL cluster and its timeline: in another one, transactions are counted apart.
    let era: String
    /// The transaction of the merge that was seen last.
    let transaction: UInt64
    /// The id of that merge.
    let id: Int64

    init(era: String, transaction: UInt64, id: Int64) {
        self.era = era
        self.transaction = transaction
        self.id = id
    }

    /// `nil` unless `text` has the form of `description`.
    public init?(_ text: some StringProtocol) {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 4, let transaction = UInt64(parts[2]), let id = Int64(parts[3]) else { return nil }
        self.init(era: "\(parts[0]).\(parts[1])", transaction: transaction, id: id)
        guard description == text else { return nil }
    }

    /// To callers it has no meaning. Letters, digits and dots, so that it stands in a query as it is.
    public var description: String { "\(era).\(transaction).\(id)" }
}
