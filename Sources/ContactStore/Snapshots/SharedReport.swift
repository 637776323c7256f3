internal import EventLoop
public import PostgreSQL
internal import Synchronization

/// The report for all requests of a process: at most one is computed at a time, and none begins less than a minute behind
/// another. It reads whole tables, so it has a thread and a connection of its own, and takes none from other requests.
public final class SharedReport: Sendable {
    public struct Edition: Sendable {
        public let report: CustomerReport
        fileprivate let began: Moment

        /// Of what it tells.
        public var age: Duration { .now - began }
    }

    /// One that is computed, or failed.
    fileprivate struct Run {
        let began = Moment.now
        let ended = Gate()
        var failure: StoreError?

        var age: Duration { .now - began }
    }

    fileprivate enum Answer {
        case edition(Edition)
        case underWay(Run)
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
    private let standby: StandbyConfiguration?
    private let state = Mutex(State())

    /// - Parameters:
    ///   - database: `postgres://…` or `key=value …`; empty for libpq's PG* variables.
    ///   - standby: Where to read instead, if it has all of that soon.
    public init(database: String, standby: StandbyConfiguration? = nil) {
        self.database = database
        self.standby = standby
    }

    /// The one to answer with now. Where it is too old, another begins, and is worth waiting for a while.
    /// - Parameter longest: How long, from when that began.
    fileprivate func answer(waitingUpTo longest: Duration) throws(StoreError) -> Answer {
        try state.withLock { state throws(StoreError) in
            if let latest = state.latest, latest.age < SharedReport.period { return .edition(latest) }
            guard let run = state.run, run.failure == nil || run.age < SharedReport.pause else {
                let run = begin()
                state.run = run
                return .underWay(run)
            }
            if run.failure == nil && run.age < longest { return .underWay(run) }
            guard let latest = state.latest else { throw run.failure ?? StoreError(.timedOut, retries: [:]) }
            return .edition(latest)
        }
    }

    private func begin() -> Run {
        var run = Run()
        do {
            try startThread { [run] in self.end(run, with: Result { try self.compute(run.began) }) }
        } catch {
            run.failure = StoreError(error, retries: [:])
            run.ended.open()
        }
        return run
    }

    private func compute(_ began: Moment) throws -> Edition {
        let report = try CustomerReport(
            database: database, standby: standby, limit: SharedReport.limit, within: SharedReport.timeout)
        return Edition(report: report, began: began)
    }

    private func end(_ run: Run, with result: Result<Edition, any Error>) {
        state.withLock { state in
            switch result {
            case .success(let edition): (state.latest, state.run) = (edition, nil)
            case .failure(let error): state.run?.failure = StoreError(error, retries: [:])
            }
        }
        run.ended.open()
    }
}

extension ContactStore {
    /// A report that is at most a minute old; an older one where the next takes longer than a request may.
    public func report(from shared: SharedReport) async throws(StoreError) -> Reply<SharedReport.Edition> {
        while true {
            switch try shared.answer(waitingUpTo: requestDeadline) {
            case .edition(let edition): return Reply(value: edition, retries: [:])
            case .underWay(let run): await run.ended.wait(on: loop, until: run.began + requestDeadline)
            }
        }
    }
}
