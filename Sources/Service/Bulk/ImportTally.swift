/// How the rows of an import ended.
public struct ImportTally: Equatable, Sendable {
    /// All rows of the file but its header.
    public var rows = 0
    public var rejected = 0
    /// The rows that an earlier import of the same file had done.
    public var resumedBehind = 0
    public var outcomes: [Outcome: Int] = [:]
    /// How often a batch started over.
    public var retries = 0

    public init() {}
}

extension ImportTally: CustomStringConvertible {
    public var description: String {
        let outcomes = Outcome.allCases.map { "\(self.outcomes[$0, default: 0]) \($0.rawValue)" }
        return "\(rows) rows: "
            + (resumedBehind > 0 ? "the first \(resumedBehind) were imported before; " : "")
            + (self.outcomes.isEmpty ? "" : outcomes.joined(separator: ", ") + "; ")
            + "\(rejected) rejected"
    }
}
