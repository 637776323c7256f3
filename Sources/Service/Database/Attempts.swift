internal import PostgreSQL

extension ContactStore {
    /// Makes `attempt`, and makes it again after what passes by itself, until the request's deadline.
    /// - Parameter retries: Counts, by cause, how often it started over, also where it fails.
    /// - Throws: `RetriesExhausted`, `DatabaseError`, `SchemaError`.
    func attempt<Answer>(
        counting retries: inout [RetryBudget.Cause: Int], _ attempt: (inout RetryBudget) async throws -> Answer
    ) async throws -> Answer {
        var budget = RetryBudget(deadline: .after(requestDeadline), on: loop)
        defer { retries = budget.counts }
        while true {
            do {
                return try await attempt(&budget)
            } catch {
                try await budget.startOver(after: error)
            }
        }
    }
}
