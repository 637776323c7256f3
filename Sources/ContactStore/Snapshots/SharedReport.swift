internal import EventLoop
internal import PostgreSQL
internal import Synchronization

/// The report for all requests of a process: at most one is computed at a time, and none begins less than a minute behind
/// another. It reads whole tables, so it has a thread and a connection of its own, and takes none from other requests.
public final class SharedReport: Sendable {
    public struct Edition: Sendable {
        public let report: CustomerReport
        fileprivate let began: ContinuousClock.Instant

        /// Of what it tells.
        public var age: Duration { .now - began }
    }

    /// One that is computed, or failed.
    private struct Run {
        let began = ContinuousClock.now
        var failure: StoreError?

        var age: Duration { .now - began }
    }

    private struct State {
        var latest: Edition?
        var run: Run?
    }

    /// How many of each are listed.
    private static let limit = 10
    private static let period = Duration.seconds(60)
    /// Behind one that failed.
    private static let pause = Duration.seconds(5)
    /// PostgreSQL gives it up then.
    private static let timeout = Duration.seconds(60)

    private let database: String
    private let state = Mutex(State())

    /// - Parameter database: `postgres://…` or `key=value …`; empty for libpq's PG* variables.
    public init(database: String) {
        self.database = database
    }

    /// The one to answer with now. Where it is too old, another begins, and is worth waiting for a while.
    /// - Parameter longest: How long, from when that began.
    /// - Returns: `nil` while it is worth waiting.
    fileprivate func edition(waitingUpTo longest: Duration) throws(StoreError) -> Edition? {
        try state.withLock { state throws(StoreError) in
            if let latest = state.latest, latest.age < SharedReport.period { return latest }
            guard let run = state.run, run.failure == nil || run.age < SharedReport.pause else {
                state.run = begin()
                return nil
            }
            if run.failure == nil && run.age < longest { return nil }
            guard let latest = state.latest else { throw run.failure ?? StoreError(.timedOut, retries: [:]) }
            return latest
        }
    }

    private func begin() -> Run {
        var run = Run()
        do {
            try startThread { [began = run.began] in self.finish(Result { try self.compute(began) }) }
        } catch {
            run.failure = StoreError(error, retries: [:])
        }
        return run
    }

    private func compute(_ began: ContinuousClock.Instant) throws -> Edition {
        let report = try CustomerReport(
            database: database, limit: SharedReport.limit, within: SharedReport.timeout)
        return Edition(report: report, began: began)
    }

    private func finish(_ result: Result<Edition, any Error>) {
        state.withLock { state in
            switch result {
            case .success(let edition): (state.latest, state.run) = (edition, nil)
            case .failure(let error): state.run?.failure = StoreError(error, retries: [:])
            }
        }
    }
}

extension ContactStore {
    /// A report that is at most a minute old; an older one where the next takes longer than a request may.
    public func report(from shared: SharedReport) async throws(StoreError) -> Reply<SharedReport.Edition> {
        while true {
            if let edition = try shared.edition(waitingUpTo: requestDeadline) {
                return Reply(value: edition, retries: [:])
            }
            await loop.pause(for: .milliseconds(20))
        }
    }
}
