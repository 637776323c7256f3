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
    private var statements = 0

    public init() {}

    @discardableResult
    public mutating func execute(_ statement: Statement, _ parameters: Parameters = []) -> Answer {
        steps.append(.execute(statement, parameters))
        defer { statements += 1 }
        return Answer(index: statements)
    }

    public mutating func execute<Row>(_ query: Query<Row>, _ parameters: Parameters = []) -> RowsAnswer<Row> {
        RowsAnswer(answer: execute(query.statement, parameters), query: query)
    }

    public mutating func synchronize() {
        steps.append(.synchronize)
    }
}

/// Where the answer to a statement stands among those of its pipeline.
public struct Answer: Sendable {
    @usableFromInline let index: Int
}

/// The same for a statement that selects rows.
public struct RowsAnswer<Row>: Sendable {
    @usableFromInline let answer: Answer
    @usableFromInline let query: Query<Row>
}

/// What a pipeline was answered.
extension [Rows] {
    /// How many rows the statement wrote.
    public func written(_ answer: Answer) -> Int { self[answer.index].written }

    /// The rows that the query selected.
    @inlinable
    public subscript<Row>(answer: RowsAnswer<Row>) -> [Row] {
        get throws { try answer.query.read(self[answer.answer.index]) }
    }
}
