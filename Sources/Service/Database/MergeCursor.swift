/// How far a follower of the feed has come: the last merge that it saw.
public struct MergeCursor: Equatable, Sendable, CustomStringConvertible {
    /// The transaction that made it.
    let transaction: UInt64
    let id: Int64
    /// What tells it from the merge that has its place in another database, or in this one behind a restore.
    let token: String

    /// Before the first merge.
    static let start = MergeCursor(transaction: 0, id: 0, token: "00000000-0000-0000-0000-000000000000")

    init(transaction: UInt64, id: Int64, token: String) {
        self.transaction = transaction
        self.id = id
        self.token = token
    }

    /// `nil` unless `text` has the form of `description`.
    public init?(_ text: some StringProtocol) {
        let parts = String(text).split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 3, let transaction = UInt64(parts[0]), let id = Int64(parts[1]),
            parts[2].wholeMatch(of: #/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/#) != nil
        else { return nil }
        self.init(transaction: transaction, id: id, token: String(parts[2]))
        guard description == text else { return nil }
    }

    /// To callers it has no meaning. Letters, digits, dots and hyphens, so that it stands in a query as it is.
    public var description: String { "\(transaction).\(id).\(token)" }
}
