internal import EventLoop
internal import PostgreSQL

/// What came of a read that a standby might answer.
public enum StandbyRead: String, CaseIterable, Sendable {
    case answered
    /// It does not know what was asked for: the primary may.
    case absent
    /// What it shows may be too old.
    case behind
    case unavailable
}

/// Reads from a hot standby, each with how old its answer may be; the primary is asked where that is too old.
///
/// The primary says again and again how far its log is written (`LogPosition`), and each read asks the server it is sent to
/// how far it has replayed, before it looks: its answer is no older than the newest of the primary's words that the standby has
/// replayed. Several standbys may stand behind one name.
final class Standby {
    /// Of each worker.
    private static let connections = 4

    /// One that takes longer is of no use: the primary is to answer in time, too.
    private static let patience = Duration.milliseconds(150)

    private struct Sample {
        let taken: Moment
        let position: LogPosition
    }

    let maximumLag: Duration
    private let sessions: SessionPool
    /// The oldest first.
    private var samples: [Sample] = []
    /// Of the newest sample that the standby was seen to have replayed.
    private var shown = Moment.now
    private var isReachable = false
    private(set) var reads: [StandbyRead: Int] = [:]

    init(_ configuration: StandbyConfiguration, requestDeadline: Duration, on loop: EventLoop) {
        maximumLag = configuration.maximumLag
        let database = ConnectionConfiguration(database: configuration.database, applicationName: "identityd")
        let poolerCheck = PoolerCheck(database)
        let defaults = Standby.sessionDefaults(requestDeadline: requestDeadline)
        sessions = SessionPool(
            (0..<Standby.connections).map { _ in
                Session(database, on: loop) { connection, deadline in
                    try poolerCheck.run(on: connection, before: deadline)
                    try Schema(of: connection, before: deadline).check()
                    try connection.run(script: defaults, before: deadline)
                    try connection.prepare(Standby.statements, before: deadline)
                }
            }, on: loop)
    }

    private static let statements =
        [LogPosition.replayed.statement, ContactStatements.read.statement, CorrectionStatements.page.statement]
        + History.statements

    /// A standby has no SERIALIZABLE (PostgreSQL 15, 27.4.1).
    private static func sessionDefaults(requestDeadline: Duration) -> String {
        """
        SET default_transaction_isolation = 'repeatable read';
        \(ContactStatements.planning)
        SET statement_timeout = \(requestDeadline / .milliseconds(1));
        \(LogPosition.sessionDefaults)
        """
    }

    /// How old may be what it shows now?
    var lag: Duration { .now - shown }

    /// How often the primary is to be asked.
    var period: Duration { maximumLag / 5 }

    /// - Parameters:
    ///   - ask: Adds what is to be read to a pipeline.
    ///   - answer: What the primary would answer; `nil` where it may know more.
    /// - Returns: `nil` where the primary is to be asked.
    func read<Answer, Value>(
        before deadline: Deadline, _ ask: (inout Pipeline) -> Answer, _ answer: (Answer, [Rows]) throws -> Value?
    ) async -> (value: Value, age: Duration)? {
        let (value, outcome) = await attempt(before: deadline, ask, answer)
        reads[outcome, default: 0] += 1
        return value
    }

    private func attempt<Answer, Value>(
        before deadline: Deadline, _ ask: (inout Pipeline) -> Answer, _ answer: (Answer, [Rows]) throws -> Value?
    ) async -> ((value: Value, age: Duration)?, StandbyRead) {
        guard isReachable else { return (nil, .unavailable) }
        guard lag <= maximumLag else { return (nil, .behind) }
        do {
            var pipeline = Pipeline()
            let position = pipeline.execute(LogPosition.replayed)
            // What is read behind it is of a newer snapshot.
            pipeline.synchronize()
            let asked = ask(&pipeline)
            let answers = try await run(pipeline, before: deadline)
            guard let taken = newest(of: try answers[position]), case let age = .now - taken, age <= maximumLag else {
                return (nil, .behind)
            }
            guard let value = try answer(asked, answers) else { return (nil, .absent) }
            return ((value, age), .answered)
        } catch {
            isReachable = false
            return (nil, .unavailable)
        }
    }

    /// Of the samples that are in what was replayed, when the newest was taken.
    private func newest(of replayed: [LogPosition]) -> Moment? {
        guard let replayed = replayed.first else { return nil }
        return samples.last { replayed.includes($0.position) }?.taken
    }

    private func run(_ pipeline: Pipeline, before deadline: Deadline) async throws -> [Rows] {
        let deadline = deadline.orAfter(Standby.patience)
        return try await sessions.withSession(before: deadline) { try await $0.run(pipeline, before: deadline) }
    }

    /// - Parameter taken: Before the primary was asked.
    func take(_ position: LogPosition, taken: Moment) {
        samples.append(Sample(taken: taken, position: position))
        samples.removeAll { $0.taken + maximumLag < taken }
    }

    /// Looks whether it is there, and how far.
    func probe() async {
        await sessions.connect(before: .after(period))
        do {
            var pipeline = Pipeline()
            let position = pipeline.execute(LogPosition.replayed)
            let answers = try await run(pipeline, before: .after(period))
            if let taken = newest(of: try answers[position]) { shown = max(shown, taken) }
            isReachable = true
        } catch {
            isReachable = false
        }
    }
}

extension ContactStore {
    /// Keeps the standby in view, if there is one: once, to be called every `standbyPeriod`.
    public func lookAtStandby() async {
        guard let standby else { return }
        let now = Moment.now
        var pipeline = Pipeline()
        pipeline.execute(ContactStatements.beginReadCommitted)
        let position = pipeline.execute(LogPosition.written)
        pipeline.execute(ContactStatements.commit)
        if let answers = try? await run(pipeline, before: .after(standby.period)),
            let position = try? answers[position].first
        {
            standby.take(position, taken: now)
        }
        await standby.probe()
    }

    /// `nil` without a standby.
    public var standbyPeriod: Duration? { standby?.period }

    /// How old what the standby shows may be, and what came of the reads that it might answer; `nil` without one.
    public var standbyState: (lag: Duration, reads: [StandbyRead: Int])? {
        standby.map { ($0.lag, $0.reads) }
    }
}
