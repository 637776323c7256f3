internal import EventLoop
internal import PostgreSQL

/// Why a unit of work is tried again.
public enum RetryCause: String, CaseIterable, Sendable {
    /// Another transaction was first (SQLSTATE 40001, 40P01).
    case conflict
    /// What was read was no longer so when it was to be written.
    case stale
    /// Another session held a lock (55P03).
    case lock
    /// The server cancelled a statement (57014).
    case cancelled
    /// The server ran out of predicate locks (53200).
    case predicateLocks = "predicate_locks"
    /// The connection was lost.
    case connection
}

/// How often a unit of work was tried again, by cause.
public typealias Retries = [RetryCause: Int]

/// What a request to the store gets.
public struct Reply<Value: Sendable>: Sendable {
    public let value: Value
    public let retries: Retries
}

/// Decides what follows a failure. It never waits and knows no database: its driver, `ContactStore.retrying`, tells it what
/// failed and does what it says.
///
/// Conflicts are normal under load: they are tried again until the deadline. A lost connection is not: it is replaced
/// `reconnections` times, and then the caller hears of it.
struct RetryState {
    enum Next {
        /// Try again, after a pause.
        case retry(RetryCause, after: Duration)
        case fail(StoreError)
    }

    /// Thrown by work that can't be done before the deadline: as if the last failure had come once more.
    struct DeadlineReached: Error {}

    static let reconnections = 2

    private(set) var retries: Retries = [:]
    private var backoff = Backoff(first: .milliseconds(2), longest: .milliseconds(100))

    /// - Parameter timeLeft: Until the request's deadline.
    mutating func next(after error: any Error, timeLeft: Duration) -> Next {
        if error is DeadlineReached { return .fail(exhausted) }
        guard let error = error as? DatabaseError, let cause = RetryState.cause(of: error) else {
            return .fail(StoreError(error, retries: retries))
        }
        if cause == .connection && retries[cause, default: 0] >= RetryState.reconnections {
            return .fail(StoreError(error, retries: retries))
        }
        return next(after: cause, timeLeft: timeLeft)
    }

    /// The same, where the cause shows in an answer and not in an error.
    mutating func next(after cause: RetryCause, timeLeft: Duration) -> Next {
        retries[cause, default: 0] += 1
        // A lost connection is replaced at once; what was stale for the first time was just read again.
        let pause = cause == .connection || cause == .stale && retries[.stale] == 1 ? .zero : backoff.next()
        return pause < timeLeft ? .retry(cause, after: pause) : .fail(exhausted)
    }

    /// Others were first until the deadline. Nothing was written.
    private var exhausted: StoreError {
        let kind: StoreError.Kind =
            if retries[.predicateLocks] != nil { .outOfResources } else if retries[.lock] != nil {
                .busy
            } else if retries[.cancelled] != nil { .timedOut } else { .contended }
        return StoreError(kind, retries: retries)
    }

    private static func cause(of error: DatabaseError) -> RetryCause? {
        if error.isConflict { return .conflict }
        if error.isLockTimeout { return .lock }
        if error.isCancelled { return .cancelled }
        if error.isOutOfPredicateLocks { return .predicateLocks }
        return error.isConnectionLost && error.kind != .timedOut ? .connection : nil
    }
}

/// One try of a unit of work, or a step of it.
struct Attempt {
    let deadline: Deadline
    let retries: Retries

    /// - Throws: `RetryState.DeadlineReached`, if the deadline does not leave so much time.
    func ensure(_ duration: Duration) throws {
        guard duration < deadline.remaining else { throw RetryState.DeadlineReached() }
    }
}

/// How a step of a unit of work ended.
enum Progress<Value> {
    case done(Value)
    /// The next step follows at once.
    case goOn
    /// Nothing was written, because what was read is no longer so.
    case stale
}

extension ContactStore {
    /// Carries a unit of work through, step by step, and tries again after what passes by itself, until the request's
    /// deadline. All that a request does in the database, it does in here.
    /// - Parameters:
    ///   - duration: In place of the request's deadline.
    ///   - willRetry: Called before a step is tried again, with the pause that was made: what was read before it is old.
    func retrying<Value: Sendable>(
        within duration: Duration? = nil, _ step: (Attempt) async throws -> Progress<Value>,
        willRetry: (RetryCause, Duration) -> Void = { _, _ in }
    ) async throws(StoreError) -> Reply<Value> {
        let deadline = Deadline.after(duration ?? requestDeadline)
        var state = RetryState()
        while true {
            let next: RetryState.Next
            do {
                switch try await step(Attempt(deadline: deadline, retries: state.retries)) {
                case .done(let value): return Reply(value: value, retries: state.retries)
                case .goOn: continue
                case .stale: next = state.next(after: RetryCause.stale, timeLeft: deadline.remaining)
                }
            } catch {
                next = state.next(after: error, timeLeft: deadline.remaining)
            }
            switch next {
            case .fail(let error):
                throw error
            case .retry(let cause, let pause):
                if pause > .zero { await loop.pause(for: pause) }
                willRetry(cause, pause)
            }
        }
    }
}
