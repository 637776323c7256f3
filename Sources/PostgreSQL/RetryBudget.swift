public import EventLoop

/// Decides whether a unit of work that failed starts over, and counts why. One for each unit of work.
///
/// Conflicts are normal under load: they start over until the deadline. A lost connection is not:
/// it is replaced `reconnections` times, and then the caller hears of it.
public struct RetryBudget: Sendable {
    public enum Cause: String, CaseIterable, Sendable {
        /// Another transaction was first (SQLSTATE 40001, 40P01).
        case conflict
        /// What was read was no longer so when it was to be written.
        case stale
        /// Another session held a lock (55P03).
        case lock
        /// The server ran out of predicate locks (53200).
        case predicateLocks = "predicate_locks"
        /// The connection was lost.
        case connection
    }

    static let reconnections = 2

    public let deadline: Deadline
    private let loop: EventLoop
    public private(set) var counts: [Cause: Int] = [:]
    private var backoff = Backoff(first: .milliseconds(2), longest: .milliseconds(100))

    /// - Parameter loop: On which it pauses.
    public init(deadline: Deadline, on loop: EventLoop) {
        self.deadline = deadline
        self.loop = loop
    }

    public var total: Int { counts.values.reduce(0, +) }

    /// - Throws: `RetriesExhausted`, if the deadline does not leave so much time.
    public func ensure(_ duration: Duration) throws {
        guard duration < deadline.remaining else { throw exhausted }
    }

    /// What a caller is told who waited until the deadline.
    public var exhausted: RetriesExhausted { RetriesExhausted(counts: counts) }

    /// Pauses, where a pause helps, if the work may start over.
    /// - Throws: `error`, if it may not; `RetriesExhausted`, if the deadline does not allow it.
    public mutating func startOver(after error: any Error) async throws {
        guard let error = error as? DatabaseError, let cause = RetryBudget.cause(of: error) else { throw error }
        if cause == .connection && counts[cause, default: 0] >= RetryBudget.reconnections { throw error }
        try await startOver(because: cause)
    }

    /// The same, where the cause shows in an answer and not in an error.
    /// - Returns: Whether it paused: then what was read before is old.
    @discardableResult
    public mutating func startOver(because cause: Cause) async throws -> Bool {
        counts[cause, default: 0] += 1
        // A lost connection is replaced at once; what was stale for the first time was just read again.
        let pause = cause == .connection || cause == .stale && counts[.stale] == 1 ? .zero : backoff.next()
        try ensure(pause)
        if pause > .zero { await loop.pause(for: pause) }
        return pause > .zero
    }

    private static func cause(of error: DatabaseError) -> Cause? {
        if error.isConflict { return .conflict }
        if error.isLockTimeout { return .lock }
        if error.isOutOfPredicateLocks { return .predicateLocks }
        return error.isConnectionLost && error.kind != .timedOut ? .connection : nil
    }
}

/// Others were first until the deadline. Nothing was written.
public struct RetriesExhausted: Error, Sendable {
    public let counts: [RetryBudget.Cause: Int]
}
