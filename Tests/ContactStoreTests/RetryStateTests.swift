import PostgreSQL
import TestSupport
import Testing

@Suite("A retry budget")
struct RetryBudgetTests {
    private func refused(_ sqlState: String) -> DatabaseError {
        DatabaseError(.refused(sqlState: sqlState), "")
    }

    @Test(
        "starts over from a conflict until the deadline, and then says how often",
        arguments: [
            ("40001", RetryBudget.Cause.conflict), ("40P01", .conflict), ("55P03", .lock), ("53200", .predicateLocks),
        ])
    func conflict(_ sqlState: String, _ cause: RetryBudget.Cause) throws {
        try LoopActor().wait { worker in
            var budget = RetryBudget(deadline: .after(.milliseconds(300)), on: worker.loop)
            let begin = ContinuousClock.now
            var starts = 0
            let exhausted = await #expect(throws: RetriesExhausted.self) {
                while true {
                    try await budget.startOver(after: refused(sqlState))
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
    }

    @Test("counts each cause by itself")
    func causes() throws {
        try LoopActor().wait { worker in
            var budget = RetryBudget(deadline: .soon, on: worker.loop)
            try await budget.startOver(because: .stale)
            try await budget.startOver(because: .stale)
            try await budget.startOver(after: refused("40001"))
            try await budget.startOver(after: refused("53200"))
            try await budget.startOver(after: refused("57P01"))
            #expect(budget.counts == [.stale: 2, .conflict: 1, .predicateLocks: 1, .connection: 1])
            #expect(budget.total == 5)
        }
    }

    @Test(
        "replaces a lost connection twice, and then throws its error",
        arguments: [DatabaseError.Kind.disconnected, .refused(sqlState: "57P01"), .refused(sqlState: "08006")])
    func connection(_ kind: DatabaseError.Kind) throws {
        try LoopActor().wait { worker in
            var budget = RetryBudget(deadline: .soon, on: worker.loop)
            let error = DatabaseError(kind, "gone")
            try await budget.startOver(after: error)
            try await budget.startOver(after: error)
            await #expect(throws: error) { try await budget.startOver(after: error) }
            #expect(budget.counts == [.connection: 2])
        }
    }

    @Test("throws what starting over does not mend", arguments: ["42601", "23505", "57014", "25P02"])
    func others(_ sqlState: String) throws {
        try LoopActor().wait { worker in
            var budget = RetryBudget(deadline: .soon, on: worker.loop)
            await #expect(throws: refused(sqlState)) { try await budget.startOver(after: refused(sqlState)) }
            #expect(budget.total == 0)
        }
    }

    @Test("does not start over from a timeout, nor from what is no database error")
    func noRetry() throws {
        try LoopActor().wait { worker in
            struct Foreign: Error {}
            var budget = RetryBudget(deadline: .soon, on: worker.loop)
            let timeout = DatabaseError(.timedOut, "")
            await #expect(throws: timeout) { try await budget.startOver(after: timeout) }
            await #expect(throws: Foreign.self) { try await budget.startOver(after: Foreign()) }
            #expect(budget.total == 0)
        }
    }

    @Test("says whether the deadline leaves time enough")
    func ensure() throws {
        try LoopActor().wait { worker in
            var budget = RetryBudget(deadline: .after(.milliseconds(500)), on: worker.loop)
            try budget.ensure(.milliseconds(100))
            try await budget.startOver(because: .lock)
            let exhausted = #expect(throws: RetriesExhausted.self) { try budget.ensure(.milliseconds(500)) }
            #expect(exhausted?.counts == [.lock: 1])
        }
    }

    @Test("whose deadline has passed starts nothing over")
    func passed() throws {
        try LoopActor().wait { worker in
            for cause in RetryBudget.Cause.allCases {
                var budget = RetryBudget(deadline: .after(.zero), on: worker.loop)
                await #expect(throws: RetriesExhausted.self) { try await budget.startOver(because: cause) }
            }
        }
    }
}
