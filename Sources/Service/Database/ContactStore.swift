public import EventLoop
public import Identity
public import PostgreSQL

/// How a request ended.
public enum Outcome: String, CaseIterable, Sendable {
    case known
    case created
    case linked
    case merged
}

/// The contacts in PostgreSQL. For the tasks of one event loop.
///
/// # Why no two customers come out of one
///
/// A request reads first, outside of any block: one SERIALIZABLE READ ONLY statement, which is all that
/// nine requests in ten need. The rules make a plan of what was read, and if it writes, it does so in a
/// SERIALIZABLE transaction that takes nothing for granted:
///
/// - A new identifier is arbitrated by its unique owner index. Of two that introduce it at once, one
///   gets in, and the other writes nothing or is told to start over.
/// - What the plan saw owned in a cluster stays there while the cluster's primary is a live primary.
///   That is what `link` and `merge` check, on the row that they lock.
/// - A secondary that was added to a cluster while it was absorbed by another would be left behind.
///   The two transactions read what the other writes, so PostgreSQL lets only one commit
///   (PostgreSQL 15, 13.2.3 Serializable Isolation Level).
///
/// The cluster is read for the answer only behind the commit, in the same round trip. Read inside
/// the transaction, it would leave predicate locks on the whole cluster, and make others fail
/// who write to it (measured: seven times the retries on hot customers). So the answer
/// is planned like a first read: if it shows that all is known, the request is done, and if somebody
/// else was faster, the same plan says what is left to do.
public final class ContactStore {
    public struct Identification: Sendable {
        public let cluster: Cluster
        public let outcome: Outcome
    }

    /// Sessions that only read. More gain nothing: questions that wait for one are asked together.
    public static let readers = 2

    /// Enough for others to commit, who write to the same customer.
    private static let lockTimeout = Duration.milliseconds(20)

    let reader: ContactReader
    private let writers: SessionPool
    private let turns = Turns()
    let requestDeadline: Duration
    let loop: EventLoop
    private let maximumClusterSize: Int

    /// - Parameters:
    ///   - connections: How many it may open, two of them for `ContactReader`.
    ///   - requestDeadline: For each request, retries and waits for locks included.
    ///   - maximumClusterSize: In contacts. Merges never pass it; links that are under way at once may, by one
    ///     contact each: to count inside of a link would cost what reading there costs (above).
    public init(
        database: String, phoneKeyRule: PhoneKeyRule, connections: Int, requestDeadline: Duration,
        maximumClusterSize: Int, on loop: EventLoop
    ) {
        self.requestDeadline = requestDeadline
        self.loop = loop
        self.maximumClusterSize = maximumClusterSize
        let defaults = ContactStore.sessionDefaults(requestDeadline: requestDeadline)
        let sessions = (0..<connections).map { _ in
            Session(ConnectionConfiguration(database: database, applicationName: "identityd"), on: loop) {
                connection, deadline in
                try Schema.check(connection, phoneKeyRule: phoneKeyRule, before: deadline)
                try connection.run(script: defaults, before: deadline)
                try connection.prepare(
                    ContactStatements.all + History.statements + MergeFeed.statements + Erasure.statements,
                    before: deadline)
            }
        }
        reader = ContactReader(Array(sessions.prefix(ContactStore.readers)), connectDeadline: requestDeadline, on: loop)
        writers = SessionPool(Array(sessions.dropFirst(ContactStore.readers)))
    }

    /// Answers reads on one of the sessions for them, until `stop`. Each needs a task that runs it.
    public func answerReads(on reader: Int) async {
        await self.reader.serve(on: reader)
    }

    /// No requests will come any more.
    public func stop() {
        reader.stop()
    }

    /// Opens the connections of writers that are not open; those of readers are their tasks' affair.
    public func connect() async {
        await writers.connect(before: .after(requestDeadline))
    }

    /// A lone statement is then a read-only transaction: SERIALIZABLE at the price of READ COMMITTED.
    /// Sequential scans are ruled out because on a table of a few rows the planner prefers one, which
    /// takes a predicate lock on the whole table. Who waits for a lock gives up early, and starts over: all of it would
    /// hold a session, and as long as one transaction or another waits, PostgreSQL forgets no predicate lock
    /// (docs/reliability.md).
    private static func sessionDefaults(requestDeadline: Duration) -> String {
        """
        SET default_transaction_isolation = 'serializable';
        SET default_transaction_read_only = on;
        SET enable_seqscan = off;
        SET statement_timeout = \(requestDeadline / .milliseconds(1));
        SET lock_timeout = \(lockTimeout / .milliseconds(1));
        SET idle_in_transaction_session_timeout = '10s';
        """
    }

    /// Whether requests can be served: the database in reach and of this version.
    /// - Throws: `RetriesExhausted`, `DatabaseError`, `SchemaError`.
    public func checkReady(counting retries: inout [RetryBudget.Cause: Int]) async throws {
        _ = try await attempt(counting: &retries) { try await reader.contacts(nil, nil, before: $0) }
    }

    /// How many of its connections are open.
    public var openConnections: Int { reader.openConnections + writers.openConnections }

    /// Who the observed customer is, after writing down what was new.
    /// - Parameter retries: Counts, by cause, how often it started over, also where it fails.
    /// - Throws: `ClusterTooLarge`, `RetriesExhausted`, `DatabaseError`, `SchemaError`.
    public func identify(
        _ observation: Observation, counting retries: inout [RetryBudget.Cause: Int]
    ) async throws -> Identification {
        var budget = RetryBudget(deadline: .after(requestDeadline), on: loop)
        defer { retries = budget.counts }
        var outcome = Outcome.known
        var loaded: [Contact]?

        while true {
            do {
                let contacts =
                    if let loaded { loaded } else {
                        try await reader.contacts(observation.email, observation.phone, before: budget.deadline)
                    }
                let plan = Reconciliation.plan(
                    observation, among: contacts, maximumClusterSize: maximumClusterSize)
                switch plan {
                case .refuse(let primaries):
                    throw ClusterTooLarge(primaryIDs: primaries)
                case .answer(let cluster):
                    return Identification(cluster: cluster, outcome: outcome)
                case .change(let change):
                    let result = try await carryOut(change, of: observation, &budget)
                    loaded = result.contacts
                    if result.wasWritten {
                        outcome = change.outcome
                    } else {
                        try await budget.startOver(because: .stale)
                    }
                }
            } catch {
                loaded = nil
                try await budget.startOver(after: error)
            }
        }
    }

    private struct Result {
        let wasWritten: Bool
        /// What a read shows now; `nil` where none was made.
        let contacts: [Contact]?
    }

    /// In turn with others who write to the customer, which goes on while somebody has him locked: so only one of them
    /// tries, and between its attempts it holds no session.
    private func carryOut(
        _ change: Reconciliation.Change, of observation: Observation, _ budget: inout RetryBudget
    ) async throws -> Result {
        guard let primary = change.primary else {
            return try await carryOut(change, of: observation, before: budget.deadline)
        }
        return try await turns.take(with: primary) {
            while true {
                // A connection whose answer comes too late is lost.
                try budget.ensure(ContactStore.lockTimeout * 2)
                do {
                    return try await carryOut(change, of: observation, before: budget.deadline)
                } catch let error as DatabaseError where error.isLockTimeout {
                    try await budget.startOver(after: error)
                }
            }
        }
    }

    /// Makes the change in one transaction and one round trip, if what it was planned on still holds.
    private func carryOut(
        _ change: Reconciliation.Change, of observation: Observation, before deadline: Deadline
    ) async throws -> Result {
        let (email, phone) = (observation.email, observation.phone)
        var pipeline = Pipeline()
        pipeline.execute(ContactStatements.begin)
        switch change {
        case .create:
            pipeline.execute(ContactStatements.create, [email?.text, phone?.text, phone?.key])
            pipeline.execute(ContactStatements.commit)
            let created = try await run(pipeline, before: deadline)[1]
            // Nobody else can have written to a cluster that was not there: no need to read it.
            let contact = created.integer(0, 0).map { Contact(id: $0, primaryID: $0, email: email, phone: phone) }
            return Result(wasWritten: contact != nil, contacts: contact.map { [$0] })
        case .link(let primary, let introduced):
            pipeline.execute(
                ContactStatements.link,
                [primary, email?.text, phone?.text, phone?.key, introduced == .email, introduced == .phoneNumber])
        case .merge(let primary, let absorbed):
            pipeline.execute(ContactStatements.lockPrimaries, [primary, absorbed])
            pipeline.execute(
                ContactStatements.merge,
                [primary, absorbed, email?.text, phone?.text, phone?.key, Int64(maximumClusterSize)])
        }
        pipeline.execute(ContactStatements.commit)
        pipeline.synchronize()
        pipeline.execute(ContactStatements.read, [email?.text, phone?.key])
        let answers = try await run(pipeline, before: deadline)
        // … the writing statement, COMMIT, read.
        return Result(wasWritten: answers[answers.count - 3].written > 0, contacts: answers.last!.contacts)
    }

    func run(_ pipeline: Pipeline, before deadline: Deadline) async throws -> [Rows] {
        try await writers.withSession(before: deadline) { try await $0.run(pipeline, before: deadline) }
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

    /// Who is there before and after. Of a merge one will do: a second turn to wait for could last beyond the deadline.
    fileprivate var primary: ContactID? {
        switch self {
        case .create: nil
        case .link(let primary, _), .merge(let primary, _): primary
        }
    }
}
