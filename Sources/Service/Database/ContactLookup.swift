public import Identity
public import PostgreSQL

extension ContactStore {
    /// Who is known with one of the observed identifiers. Writes nothing.
    /// - Returns: None, one, or two clusters, the older first; `identify` would make one of two.
    /// - Throws: As `identify`.
    public func lookUp(
        _ observation: Observation, counting retries: inout [RetryBudget.Cause: Int]
    ) async throws -> [Cluster] {
        try await attempt(counting: &retries) { budget in
            Cluster.all(of: try await reader.contacts(observation.email, observation.phone, before: budget.deadline))
        }
    }
}
