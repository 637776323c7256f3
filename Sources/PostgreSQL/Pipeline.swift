/// Statements that go to the server together and are answered together: one round trip
/// (PostgreSQL 15, 34.5 Pipeline Mode).
///
/// Between two synchronization points, a statement that fails takes those behind it with it. Without
/// an explicit BEGIN, what stands between two of them is one transaction.
public struct Pipeline: Sendable {
    enum Step: Sendable {
        case execute(Statement, Parameters)
        case synchronize
    }

    private(set) var steps: [Step] = []

    public init() {}

    public mutating func execute(_ statement: Statement, _ parameters: Parameters = []) {
        steps.append(.execute(statement, parameters))
    }

    public mutating func synchronize() {
        steps.append(.synchronize)
    }
}
