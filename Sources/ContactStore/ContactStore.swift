public import EventLoop
public import Identity
public import PostgreSQL

/// The contacts in PostgreSQL. For the tasks of one event loop.
///
/// # Why no two customers come out of one
///
/// A request reads first, outside of any block: one SERIALIZABLE READ ONLY statement, which is all that
/// nine requests in ten need. The rules make a plan of what was read, and if it writes, it does so in a
/// SERIALIZABLE transaction that takes nothing for granted:
///
/// - A new identifier is arbitrated by its unique owner index. Of two that introduce it at once, one
///   gets in, and the other writes nothing or is told to try again.
/// - What the plan saw owned in a cluster stays there while the cluster's primary is a live primary.
///   That is what `link` and `merge` check, on the row that they lock; and whether the cluster is
///   being erased, which goes piece by piece (docs/decisions/0019).
/// - A secondary that was added to a cluster while it was absorbed by another would be left behind. So
///   whoever adds to a cluster, merges or corrects it writes the row of its primary, also where that stays
///   one. Two changes of one cluster meet on a row, and one of them starts over. SERIALIZABLE would let only
///   one commit, too (PostgreSQL 15, 13.2.3); the rows make it so at REPEATABLE READ.
/// - What corrections keep apart is looked for again where a merge is written (`KeptApart`). A
///   correction reads in its own transaction all that it derives customers from.
///
/// The cluster is read for the answer only behind the commit, in the same round trip. Read inside
/// the transaction, it would leave predicate locks on the whole cluster, and make others fail
/// who write to it (measured: seven times the retries on hot customers). So the answer
/// is planned like a first read: if it shows that all is known, the request is done, and if another
/// request was faster, the same plan says what is left to do.
public final class ContactStore {
    /// Sessions that only read. More gain nothing: questions that wait for one are asked together.
    public static let readers = 2

    /// Enough for others to commit, who write to the same customer.
    static let lockTimeout = Duration.milliseconds(20)

    /// For writing down that two came together that are known: nobody waits for it longer.
    static let evidenceTimeout = Duration.seconds(1)

    let reader: ContactReader
    let writers: SessionPool
    let locks: KeyedLock
    let followers: Followers
    let standby: Standby?
    let requestDeadline: Duration
    let loop: EventLoop
    let maximumClusterSize: Int
    private let rule: DatabaseRule

    /// - Parameters:
    ///   - standby: Where `lookUp` and `status` may read.
    ///   - connections: How many it may open, two of them for `ContactReader`; to the standby, some besides.
    ///   - requestDeadline: For each request, retries and waits for locks included.
    ///   - maximumClusterSize: In contacts. Merges never pass it; links that are under way at once may, by one
    ///     contact each: to count inside of a link would cost what reading there costs (above).
    public init(
        database: String, standby: StandbyConfiguration? = nil, rule: DatabaseRule, connections: Int,
        requestDeadline: Duration, maximumClusterSize: Int, on loop: EventLoop
    ) {
        self.requestDeadline = requestDeadline
        self.loop = loop
        self.maximumClusterSize = maximumClusterSize
        self.rule = rule
        let defaults = ContactStore.sessionDefaults(requestDeadline: requestDeadline)
        let configuration = ConnectionConfiguration(database: database, applicationName: "identityd")
        let poolerCheck = PoolerCheck(configuration)
        let sessions = (0..<connections).map { _ in
            Session(configuration, on: loop) { connection, deadline in
                try poolerCheck.run(on: connection, before: deadline)
                let schema = try Schema.check(connection, rule: rule, before: deadline)
                try connection.run(script: defaults, before: deadline)
                try connection.prepare(ContactStore.statements(on: schema), before: deadline)
            }
        }
        reader = ContactReader(Array(sessions.prefix(ContactStore.readers)), connectDeadline: requestDeadline, on: loop)
        writers = SessionPool(Array(sessions.dropFirst(ContactStore.readers)), on: loop)
        locks = KeyedLock(on: loop)
        followers = Followers(on: loop)
        self.standby = standby.map { Standby($0, requestDeadline: requestDeadline, on: loop) }
    }

    /// What a session prepares. Before `identityd migrate` has made `contact_members`, members are found in `contact_cluster`.
    /// (To go with the next migration.)
    private static func statements(on schema: Schema) -> [Statement] {
        if schema.hasMembers { return statements }
        return statements.map { statement in
            Statement(statement.name, statement.sql.replacing(ContactStatements.memberOf, with: "cluster_id"))
        }
    }

    static let statements =
        ContactStatements.all + History.statements + Erasure.statements + RestoreCheck.statements
        + ChangeFeed.statements + CorrectionStatements.all + [LogPosition.written.statement]

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

    /// A lone statement is then a read-only transaction: SERIALIZABLE at the price of READ COMMITTED. Who waits for a lock
    /// gives up early, and tries again: all of it would hold a session, and as long as one transaction or another waits,
    /// PostgreSQL forgets no predicate lock (docs/reliability.md).
    private static func sessionDefaults(requestDeadline: Duration) -> String {
        """
        SET default_transaction_isolation = 'serializable';
        SET default_transaction_read_only = on;
        \(ContactStatements.planning)
        SET statement_timeout = \(requestDeadline / .milliseconds(1));
        SET lock_timeout = \(lockTimeout / .milliseconds(1));
        SET idle_in_transaction_session_timeout = '10s';
        """
    }

    /// Whether requests can be served: the database in reach and of this version.
    public func checkReady() async throws(StoreError) -> Reply<Void> {
        try await retrying { attempt in
            _ = try await reader.contacts(nil, nil, before: attempt.deadline)
            return .done(())
        }
    }

    /// The rule that identifiers are read by: the database's, for which it is connected to first.
    public func identifierRule() async throws(StoreError) -> Reply<IdentifierRule> {
        let retries = rule.record == nil ? try await checkReady().retries : [:]
        return Reply(value: rule.known, retries: retries)
    }

    /// How many of its connections are open.
    public var openConnections: Int { reader.openConnections + writers.openConnections }

    func run(_ pipeline: Pipeline, before deadline: Deadline) async throws -> [Rows] {
        try await writers.withSession(before: deadline) { try await $0.run(pipeline, before: deadline) }
    }
}
