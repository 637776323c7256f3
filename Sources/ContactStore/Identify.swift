public import Identity
internal import PostgreSQL

/// How a request ended.
public enum Outcome: String, CaseIterable, Sendable {
    case known
    case created
    case linked
    case merged
}

/// An identifier that did not take part.
public struct LeftOut: Equatable, Sendable {
    public let field: IdentifierField
    public let reason: Exclusion
}

public struct Identification: Sendable {
    /// `nil` where nothing of the request takes part.
    public let cluster: Cluster?
    public let outcome: Outcome
    public let leftOut: [LeftOut]
    /// The two came together for the first time, and that could not be written down.
    public fileprivate(set) var lacksEvidence = false
}

/// Whose request it is, as contacts and evidence keep it.
public struct RequestOrigin: Sendable {
    /// The name of the key; `nil` for none.
    public let client: String?
    public let requestID: String?

    public init(client: String?, requestID: String?) {
        (self.client, self.requestID) = (client, requestID)
    }

    public static let unknown = RequestOrigin(client: nil, requestID: nil)
}

/// One observation on its way to its answer: read, plan, write, read again. It says what to do and is told what came of it,
/// and knows no database.
struct IdentifyState {
    enum Step {
        case read
        /// Does a correction keep these two customers apart? And who is observed at that moment?
        case askWhetherApart(ContactID, ContactID)
        /// With what takes part, and the contacts that it was planned on.
        case write(Reconciliation.Change, of: Observation, among: [Contact])
        /// Write down that the two came together, unless that is known, and answer.
        case recordPair(Observation, of: Identification, among: [Contact])
        case answer(Identification)
    }

    private(set) var step = Step.read
    private let observation: Observation
    /// What takes part of it.
    private var rest: Observation
    private var leftOut: [LeftOut] = []
    private let maximumClusterSize: Int
    private var outcome = Outcome.known

    init(_ observation: Observation, maximumClusterSize: Int) {
        self.observation = observation
        rest = observation
        self.maximumClusterSize = maximumClusterSize
    }

    mutating func take(read contacts: [Contact]) {
        (rest, leftOut) = (observation, [])
        plan(among: contacts)
    }

    /// What was asked for.
    mutating func take(areKeptApart: Bool, read contacts: [Contact]) {
        guard case .askWhetherApart(let one, let other) = step else { return }
        (rest, leftOut) = (observation, [])
        plan(among: contacts, asked: (one, other, areKeptApart))
    }

    private mutating func plan(
        among contacts: [Contact], asked: (one: ContactID, other: ContactID, areKeptApart: Bool)? = nil
    ) {
        let areStill = asked.map { Set(contacts.map(\.primaryID)) == [$0.one, $0.other] } ?? false
        let plan = Reconciliation.plan(
            rest, among: contacts, maximumClusterSize: maximumClusterSize,
            areKeptApart: areStill && asked?.areKeptApart == true)
        switch plan {
        case .leaveOut(let field, let reason):
            leftOut.append(LeftOut(field: field, reason: reason))
            guard let less = rest.without(field) else {
                step = .answer(Identification(cluster: nil, outcome: outcome, leftOut: leftOut))
                return
            }
            rest = less
            self.plan(among: contacts)
        case .answer(let cluster):
            let identification = Identification(cluster: cluster, outcome: outcome, leftOut: leftOut)
            let isRecorded = outcome != .known || !rest.isPair || contacts.contains(where: \.holdsObserved)
            step = isRecorded ? .answer(identification) : .recordPair(rest, of: identification, among: contacts)
        case .change(.merge(let primary, let absorbed)) where !areStill:
            step = .askWhetherApart(primary, absorbed)
        case .change(let change):
            step = .write(change, of: rest, among: contacts)
        }
    }

    /// - Parameter contacts: What a read of what takes part showed behind the change; `nil` where none was made.
    mutating func take(_ change: Reconciliation.Change, isWritten: Bool, read contacts: [Contact]?) {
        if isWritten { outcome = change.outcome }
        if let contacts { plan(among: contacts) } else { step = .read }
    }

    mutating func finish(_ identification: Identification) {
        step = .answer(identification)
    }

    /// What was read may be old.
    mutating func readAgain() {
        step = .read
    }
}

extension Reconciliation.Change {
    fileprivate var outcome: Outcome {
        switch self {
        case .create: .created
        case .link: .linked
        case .merge: .merged
        }
    }

    /// Of the customer whose lock the writer takes. One will do: another one to wait for could last beyond the deadline.
    fileprivate var primary: ContactID? {
        switch self {
        case .create: nil
        case .link(let primary, _), .merge(let primary, _): primary
        }
    }
}

extension ContactStore {
    /// The observed customer, after writing down what was new.
    public func identify(
        _ observation: Observation, from origin: RequestOrigin
    ) async throws(StoreError) -> Reply<Identification> {
        var state = IdentifyState(observation, maximumClusterSize: maximumClusterSize)
        // One task of this worker at a time writes to a customer, also while a transaction elsewhere has locked it: so only
        // one of them tries, and between its tries it holds no session.
        var locked: ContactID?
        func unlock() {
            if let primary = locked { locks.unlock(primary) }
            locked = nil
        }
        defer { unlock() }

        return try await retrying { attempt in
            switch state.step {
            case .read:
                let (email, phone) = (observation.email, observation.phone)
                state.take(read: try await reader.contacts(email, phone, before: attempt.deadline))
                return .goOn
            case .askWhetherApart(let primary, let absorbed):
                // A pipeline is one transaction, and shows one moment: the reason to leave the phone out, and who is answered.
                var pipeline = Pipeline()
                let pairs = pipeline.execute(KeptApart.corrections, [primary, absorbed])
                let read = pipeline.execute(
                    ContactStatements.read, [observation.email?.text, observation.phone?.key])
                let answers = try await run(pipeline, before: attempt.deadline)
                state.take(areKeptApart: try !answers[pairs].isEmpty, read: try answers[read])
                return .goOn
            case .write(let change, let observation, let contacts):
                if locked != change.primary {
                    unlock()
                    if let primary = change.primary {
                        guard await locks.lock(primary, before: attempt.deadline) else {
                            throw RetryState.DeadlineReached()
                        }
                        locked = primary
                    }
                }
                let result = try await write(change, of: observation, from: origin, among: contacts, attempt)
                state.take(change, isWritten: result.wasWritten, read: result.contacts)
                return result.wasWritten ? .goOn : .stale
            case .recordPair(let pair, let identification, let contacts):
                unlock()
                var identification = identification
                identification.lacksEvidence = await !record(pair, from: origin, among: contacts, attempt)
                state.finish(identification)
                return .goOn
            case .answer(let identification):
                return .done(identification)
            }
        } willRetry: { cause, pause in
            if cause != .lock { unlock() }
            if cause != .stale || pause > .zero { state.readAgain() }
        }
    }
}

// MARK: - Writing

/// Carrying out what was planned: one transaction and one round trip, if what the plan was made on still holds.
extension ContactStore {
    private struct WriteResult {
        let wasWritten: Bool
        /// What a read shows now; `nil` where none was made.
        let contacts: [Contact]?
    }

    /// - Parameter contacts: What the change was planned on.
    /// - Throws: `SchemaError.restored`, where the database gave an id that is in use.
    private func write(
        _ change: Reconciliation.Change, of observation: Observation, from origin: RequestOrigin,
        among contacts: [Contact], _ attempt: Attempt
    ) async throws -> WriteResult {
        do {
            let result = try await send(change, of: observation, from: origin, among: contacts, attempt)
            // A few times it is a race.
            if !result.wasWritten && attempt.retries[.stale] == 4 { try await checkIDs(before: attempt.deadline) }
            return result
        } catch let error as DatabaseError where error.isIntegrityViolation {
            try await checkIDs(before: attempt.deadline)
            throw error
        }
    }

    private func send(
        _ change: Reconciliation.Change, of observation: Observation, from origin: RequestOrigin,
        among contacts: [Contact], _ attempt: Attempt
    ) async throws -> WriteResult {
        let (email, phone) = (observation.email, observation.phone)
        switch change {
        case .create:
            return try await create(email, phone, from: origin, before: attempt.deadline)
        case .link(let primary, let introduced):
            let owned = contacts.owned(by: primary)
            return try await send(
                ContactStatements.link,
                [
                    primary, email?.text, phone?.text, phone?.key, introduced == .email, introduced == .phoneNumber,
                    owned.email, owned.phoneKey, origin.client, origin.requestID,
                ], of: observation, attempt)
        case .merge(let primary, let absorbed):
            let (older, younger) = (contacts.owned(by: primary), contacts.owned(by: absorbed))
            return try await send(
                ContactStatements.merge,
                [
                    primary, absorbed, email?.text, phone?.text, phone?.key, Int64(maximumClusterSize),
                    older.email, older.phoneKey, younger.email, younger.phoneKey, origin.client, origin.requestID,
                ], of: observation, attempt)
        }
    }

    /// No other writer can have changed a cluster that did not exist: no need to read it.
    private func create(
        _ email: Email?, _ phone: Phone?, from origin: RequestOrigin, before deadline: Deadline
    ) async throws -> WriteResult {
        var pipeline = Pipeline()
        pipeline.execute(ContactStatements.begin)
        let created = pipeline.execute(
            ContactStatements.create, [email?.text, phone?.text, phone?.key, origin.client, origin.requestID])
        pipeline.execute(ContactStatements.commit)
        let id = try await run(pipeline, before: deadline)[created].first
        let contact = id.map { Contact(id: $0, primaryID: $0, email: email, phone: phone, holdsObserved: true) }
        return WriteResult(wasWritten: contact != nil, contacts: contact.map { [$0] })
    }

    private func send(
        _ statement: Statement, _ parameters: Parameters, of observation: Observation, _ attempt: Attempt
    ) async throws -> WriteResult {
        // A connection whose answer comes too late is lost.
        try attempt.ensure(ContactStore.lockTimeout * 2)
        var pipeline = Pipeline()
        pipeline.execute(ContactStatements.begin)
        let written = pipeline.execute(statement, parameters)
        pipeline.execute(ContactStatements.commit)
        pipeline.synchronize()
        let read = pipeline.execute(ContactStatements.read, [observation.email?.text, observation.phone?.key])
        let answers = try await run(pipeline, before: attempt.deadline)
        return WriteResult(wasWritten: answers.written(written) > 0, contacts: try answers[read])
    }

    /// Writes down that two came together that are one customer's, unless somebody did before. The request is answered even
    /// if it can't be done soon: it is sent again some day.
    /// - Returns: Whether it is written down.
    private func record(
        _ pair: Observation, from origin: RequestOrigin, among contacts: [Contact], _ attempt: Attempt
    ) async -> Bool {
        guard let primary = contacts.first(where: { !$0.isNobodys })?.primaryID, let email = pair.email,
            let phone = pair.phone
        else { return true }
        let deadline = attempt.deadline.orAfter(ContactStore.evidenceTimeout)
        do {
            var pipeline = Pipeline()
            let stands = pipeline.execute(ContactStatements.pairStands, [email.text, phone.key])
            if try await !run(pipeline, before: deadline)[stands].isEmpty { return true }

            let owned = contacts.owned(by: primary)
            pipeline = Pipeline()
            pipeline.execute(ContactStatements.begin)
            let written = pipeline.execute(
                ContactStatements.recordPair,
                [
                    primary, email.text, phone.text, phone.key, owned.email, owned.phoneKey, origin.client,
                    origin.requestID,
                ])
            pipeline.execute(ContactStatements.commit)
            return try await run(pipeline, before: deadline).written(written) > 0
        } catch {
            return false
        }
    }

    /// Whether what was not written failed for the ids that the database gave.
    /// - Throws: `SchemaError.restored`, `DatabaseError`.
    private func checkIDs(before deadline: Deadline) async throws {
        var pipeline = Pipeline()
        // At SERIALIZABLE, it would stand in the way of all who insert.
        pipeline.execute(ContactStatements.beginReadCommitted)
        let idsInUse = pipeline.execute(RestoreCheck.idsInUse)
        pipeline.execute(ContactStatements.commit)
        try RestoreCheck.check(idsInUse: try await run(pipeline, before: deadline)[idsInUse])
    }
}

extension [Contact] {
    /// What the contact owns.
    fileprivate func owned(by id: ContactID) -> (email: String?, phoneKey: String?) {
        let contact = first { $0.id == id }
        return (contact?.email?.text, contact?.phone?.key)
    }
}
