internal import API
internal import ContactStore
internal import EventLoop
internal import Identity
internal import Logging

/// Adds what an instance ignored to the counts in the database, once a minute and at its end, on a thread and a connection of its
/// own: no request waits for it (docs/decisions/0038).
///
/// It writes how much more there is than it has written. So what can't be written is written the next time, and workers count nothing
/// that they did not count for the metrics.
final class IgnoredWriter: Sendable {
    typealias Counts = [Counters.IgnoredLabels: Int]

    private let database: String
    private let period: Duration
    private let logger: Logger
    private let counts: @Sendable () -> Counts
    private let stopping: WakeUp
    private let end: WakeUp

    /// For one writing.
    private static let timeout = Duration.seconds(2)
    /// Between two lines of the log about failures.
    private static let quiet = Duration.seconds(3600)

    /// Starts the thread, which has the caller's signal mask.
    /// - Parameter counts: All that was ignored so far.
    init(
        database: String, period: Duration = .seconds(60), logger: Logger, counts: @escaping @Sendable () -> Counts
    ) throws(EventLoopError) {
        self.database = database
        self.period = period
        self.logger = logger
        self.counts = counts
        stopping = try WakeUp()
        end = try WakeUp()
        try startThread { self.run() }
    }

    /// Writes what is left, and ends the thread. Gives up at `deadline`, or when it takes too long.
    func finish(before deadline: Moment) {
        stopping.send()
        end.wait(until: min(deadline, .now + IgnoredWriter.timeout))
    }

    private func run() {
        var written: Counts = [:]
        var nextComplaint = Moment.now
        var isStopping = false
        while !isStopping {
            isStopping = stopping.wait(until: .now + period)
            let counts = counts()
            do {
                try write(counts, behind: written)
                written = counts
            } catch {
                if .now < nextComplaint { continue }
                logger.warning(
                    "what was ignored can't be counted in the database; it is tried again once a minute",
                    metadata: ["error": "\(error)"])
                nextComplaint = .now + IgnoredWriter.quiet
            }
        }
        end.send()
    }

    private func write(_ counts: Counts, behind written: Counts) throws {
        let new = counts.compactMap { labels, count -> IgnoredCounts.Count? in
            let more = count - written[labels, default: 0]
            if more == 0 { return nil }
            return IgnoredCounts.Count(
                field: labels.field.rawValue, reason: labels.reason.rawValue, count: Int64(more))
        }
        if new.isEmpty { return }
        try IgnoredCounts.add(new, to: database, within: IgnoredWriter.timeout)
    }
}
