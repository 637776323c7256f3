internal import Glibc
internal import Identity
internal import PostgreSQL

/// Gathers rows into batches, and sends each until it is written.
///
/// A batch that collides with the service, or waits for it, starts over as a smaller one: the fewer customers a
/// transaction is about, the less it is in anybody's way. As all goes well, batches grow again.
struct BatchSender {
    /// Small enough that a request for the same customer hardly waits, large enough that a row costs little.
    private static let sizes = 20...4000

    /// For how long a batch may fail.
    private static let patience = Duration.seconds(60)

    /// Of rows as they were written: few of the longest, and never fewer than a batch has of usual ones.
    private static let mostBytes = 2 * 1024 * 1024

    private let store: BatchStore
    private let rejects: RejectsFile?
    /// `nil` for what can't be read again: no progress is recorded.
    private let digest: String?
    private var size = sizes.upperBound
    private var waiting: [(number: Int, line: Int, written: ArraySlice<UInt8>, observation: Observation)] = []
    private var waitingBytes = 0

    init(_ store: BatchStore, digest: String?, rejects: RejectsFile?) {
        self.store = store
        self.digest = digest
        self.rejects = rejects
    }

    /// How many rows of the file were imported before.
    func rowsDone() throws -> Int {
        try digest.map(store.progress) ?? 0
    }

    /// - Parameter number: The row's, from 1.
    mutating func send(
        _ observation: Observation, of row: CSVReader.Row, number: Int, counting tally: inout ImportTally
    ) throws {
        waiting.append((number, row.line, row.written, observation))
        waitingBytes += row.written.count
        if waiting.count >= size || waitingBytes >= BatchSender.mostBytes { try sendBatch(counting: &tally) }
    }

    /// Sends what is left.
    mutating func finish(counting tally: inout ImportTally) throws {
        while !waiting.isEmpty { try sendBatch(counting: &tally) }
    }

    private mutating func sendBatch(counting tally: inout ImportTally) throws {
        let deadline = Deadline.after(BatchSender.patience)
        var backoff = Backoff(first: .milliseconds(5), longest: .milliseconds(500))
        while true {
            let batch = waiting.prefix(size)
            do {
                let progress = digest.map { BatchStore.Progress(digest: $0, rows: batch.last!.number) }
                if let plan = try store.carryOut(batch.lazy.map(\.observation), recording: progress) {
                    tally.outcomes.merge(plan.outcomes, uniquingKeysWith: +)
                    tally.rejected += plan.refused.count
                    for row in plan.refused.map({ batch[$0] }) {
                        try rejects?.write(row.written, line: row.line, because: "cluster-too-large")
                    }
                    waitingBytes -= batch.reduce(0) { $0 + $1.written.count }
                    waiting.removeFirst(batch.count)
                    size = min(size + size / 4, BatchSender.sizes.upperBound)
                    return
                }
                if deadline.hasPassed { throw ImportError.givenUp }
            } catch let error as DatabaseError where error.mayPass && !deadline.hasPassed {
                if error.isConnectionLost { store.drop() }
            }
            tally.retries += 1
            size = max(size / 2, BatchSender.sizes.lowerBound)
            usleep(UInt32(backoff.next() / .microseconds(1)))
        }
    }
}

extension DatabaseError {
    /// The same may succeed when it is tried again: somebody was first, or holds a lock (lock_not_available), or the
    /// server is away.
    fileprivate var mayPass: Bool {
        isConflict || isLockTimeout || isOutOfPredicateLocks || isConnectionLost
    }
}
