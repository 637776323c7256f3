import PostgreSQL
import Testing

@Suite("A retry budget")
struct RetryBudgetTests {
    private func refused(_ sqlState: String) -> DatabaseError {
        DatabaseError(.refused(sqlState: sqlState), "")
    }

    @Test(
        "starts over from a conflict until the deadline, and then says how often",
        arguments: [("40001", RetryBudget.Cause.conflict), ("40P01", .conflict), ("53200", .predicateLocks)])
    func conflict(_ sqlState: String, _ cause: RetryBudget.Cause) throws {
        var budget = RetryBudget(deadline: .after(.milliseconds(300)))
        let begin = ContinuousClock.now
        var starts = 0
        let exhausted = #expect(throws: RetriesExhausted.self) {
            while true {
                try budget.startOver(after: refused(sqlState))
                starts += 1
            }
        }
        let took = ContinuousClock.now - begin
        #expect(starts > 3)
        #expect(exhausted?.counts == [cause: starts + 1])
        #expect(budget.total == starts + 1)
        // The last pause was not begun because it would have outlasted the deadline.
        #expect(took > .milliseconds(100))
        #expect(took < .milliseconds(600))
    }

    @Test("counts each cause by itself")
    func causes() throws {
        var budget = RetryBudget(deadline: .soon)
        try budget.startOver(because: .stale)
        try budget.startOver(because: .stale)
        try budget.startOver(after: refused("40001"))
        try budget.startOver(after: refused("53200"))
        try budget.startOver(after: refused("57P01"))
        #expect(budget.counts == [.stale: 2, .conflict: 1, .predicateLocks: 1, .connection: 1])
        #expect(budget.total == 5)
    }

    @Test(
        "replaces a lost connection twice, and then throws its error",
        arguments: [DatabaseError.Kind.disconnected, .refused(sqlState: "57P01"), .refused(sqlState: "08006")])
    func connection(_ kind: DatabaseError.Kind) throws {
        var budget = RetryBudget(deadline: .soon)
        let error = DatabaseError(kind, "gone")
        try budget.startOver(after: error)
        try budget.startOver(after: error)
        #expect(throws: error) { try budget.startOver(after: error) }
        #expect(budget.counts == [.connection: 2])
    }

    @Test("throws what starting over does not mend", arguments: ["42601", "23505", "57014", "25P02"])
    func others(_ sqlState: String) throws {
        var budget = RetryBudget(deadline: .soon)
        #expect(throws: refused(sqlState)) { try budget.startOver(after: refused(sqlState)) }
        #expect(budget.total == 0)
    }

    @Test("does not start over from a timeout, nor from what is no database error")
    func noRetry() throws {
        struct Foreign: Error {}
        var budget = RetryBudget(deadline: .soon)
        let timeout = DatabaseError(.timedOut, "")
        #expect(throws: timeout) { try budget.startOver(after: timeout) }
        #expect(throws: Foreign.self) { try budget.startOver(after: Foreign()) }
        #expect(budget.total == 0)
    }

    @Test("whose deadline has passed starts nothing over")
    func passed() {
        for cause in RetryBudget.Cause.allCases {
            var budget = RetryBudget(deadline: .after(.zero))
            #expect(throws: RetriesExhausted.self) { try budget.startOver(because: cause) }
        }
    }
}
