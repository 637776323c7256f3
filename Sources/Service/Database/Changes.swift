internal import Identity
internal import PostgreSQL

/// Carrying out what was planned: one transaction and one round trip, if what the plan was made on still holds.
extension ContactStore {
    struct Result {
        let wasWritten: Bool
        /// What a read shows now; `nil` where none was made.
        let contacts: [Contact]?
    }

    /// - Parameter contacts: What the change was planned on.
    /// - Throws: `SchemaError.restored`, where the database gave an id that is in use; `RetriesExhausted`, `DatabaseError`.
    func carryOut(
        _ change: Reconciliation.Change, of observation: Observation, among contacts: [Contact],
        _ budget: inout RetryBudget
    ) async throws -> Result {
        do {
            return try await send(change, of: observation, among: contacts, &budget)
        } catch let error as DatabaseError where error.isIntegrityViolation {
            try await checkIDs(before: budget.deadline)
            throw error
        }
    }

    private func send(
        _ change: Reconciliation.Change, of observation: Observation, among contacts: [Contact],
        _ budget: inout RetryBudget
    ) async throws -> Result {
        let (email, phone) = (observation.email, observation.phone)
        switch change {
        case .create:
            return try await create(email, phone, before: budget.deadline)
        case .link(let primary, let introduced):
            let owned = contacts.introduced(by: primary)
            return try await write(
                ContactStatements.link,
                [
                    primary, email?.text, phone?.text, phone?.key, introduced == .email, introduced == .phoneNumber,
                    owned.email, owned.phoneKey,
                ], to: primary, of: observation, &budget)
        case .merge(let primary, let absorbed):
            let (older, younger) = (contacts.introduced(by: primary), contacts.introduced(by: absorbed))
            // One turn will do: another one to wait for could last beyond the deadline.
            return try await write(
                ContactStatements.merge,
                [
                    primary, absorbed, email?.text, phone?.text, phone?.key, Int64(maximumClusterSize),
                    older.email, older.phoneKey, younger.email, younger.phoneKey,
                ], to: primary, of: observation, &budget)
        }
    }

    /// No other writer can have changed a cluster that did not exist: no need to read it.
    private func create(_ email: Email?, _ phone: Phone?, before deadline: Deadline) async throws -> Result {
        var pipeline = Pipeline()
        pipeline.execute(ContactStatements.begin)
        pipeline.execute(ContactStatements.create, [email?.text, phone?.text, phone?.key])
        pipeline.execute(ContactStatements.commit)
        let created = try await run(pipeline, before: deadline)[1]
        let contact = created.integer(0, 0).map { Contact(id: $0, primaryID: $0, email: email, phone: phone) }
        return Result(wasWritten: contact != nil, contacts: contact.map { [$0] })
    }

    /// One task of this worker at a time writes to a customer, also while a transaction elsewhere has locked it: so only
    /// one of them tries, and between its attempts it holds no session.
    private func write(
        _ statement: Statement, _ parameters: Parameters, to primary: ContactID, of observation: Observation,
        _ budget: inout RetryBudget
    ) async throws -> Result {
        var pipeline = Pipeline()
        pipeline.execute(ContactStatements.begin)
        pipeline.execute(statement, parameters)
        pipeline.execute(ContactStatements.commit)
        pipeline.synchronize()
        pipeline.execute(ContactStatements.read, [observation.email?.text, observation.phone?.key])
        return try await turns.withLock(
            on: primary, before: budget.deadline, else: budget.exhausted
        ) {
            while true {
                // A connection whose answer comes too late is lost.
                try budget.ensure(ContactStore.lockTimeout * 2)
                do {
                    let answers = try await run(pipeline, before: budget.deadline)
                    return Result(wasWritten: answers[1].written > 0, contacts: answers[3].contacts)
                } catch let error as DatabaseError where error.isLockTimeout {
                    try await budget.startOver(after: error)
                }
            }
        }
    }
}

extension [Contact] {
    /// What the contact introduced.
    fileprivate func introduced(by id: ContactID) -> (email: String?, phoneKey: String?) {
        let contact = first { $0.id == id }
        return (contact?.email?.text, contact?.phone?.key)
    }
}
