internal import ContactStore
internal import Identity

/// Gathers rows into batches, and sends each until it is written.
struct BatchSender {
    /// Small enough that a request for the same customer hardly waits, large enough that a row costs little.
    private static let sizes = 20...4000

    /// Of rows as they were written: few of the longest, and never fewer than a batch has of usual ones.
    private static let mostBytes = 2 * 1024 * 1024

    private let store: BatchStore
    private let rejects: RejectsFile?
    /// `nil` for what can't be read again: no progress is recorded.
    private let digest: String?
    private var size = PieceSize(sizes)
    private var waiting: [(number: Int, row: ImportRow, meaning: BatchRow)] = []
    private var waitingBytes = 0
    /// The number of the last row of which something was left out.
    private var lastPartial = 0

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
        _ meaning: BatchRow, of row: ImportRow, number: Int, counting tally: inout ImportTally
    ) throws {
        waiting.append((number, row, meaning))
        waitingBytes += row.written.count
        if waiting.count >= size.current || waitingBytes >= BatchSender.mostBytes { try sendBatch(counting: &tally) }
    }

    /// Sends what is left.
    mutating func finish(counting tally: inout ImportTally) throws {
        while !waiting.isEmpty { try sendBatch(counting: &tally) }
    }

    private mutating func sendBatch(counting tally: inout ImportTally) throws {
        let (store, digest, waiting) = (store, digest, waiting)
        let sent = try size.carryOut(reconnect: store.drop) { size in
            let batch = waiting.prefix(size)
            // A row that means several may go on in the next batch.
            let last = batch.last!.number
            let rows = waiting.dropFirst(size).first?.number == last ? last - 1 : last
            let progress = digest.map { BatchStore.Progress(digest: $0, rows: rows) }
            return try store.carryOut(batch.map(\.meaning), recording: progress).map { (batch, $0) }
        }
        tally.retries = size.retries
        guard let (batch, plan) = sent else { throw ImportError.givenUp }
        tally.outcomes.merge(plan.outcomes, uniquingKeysWith: +)
        let leftOut = Dictionary(grouping: plan.leftOut) { batch[$0.row].number }
        for (number, parts) in leftOut.sorted(by: { $0.key < $1.key }) where number != lastPartial {
            lastPartial = number
            tally.partial += 1
            let row = batch[parts[0].row].row
            let reason = Set(parts.map(\.description)).sorted(by: >).joined(separator: "; ")
            try rejects?.write(row.written, line: row.line, because: reason, link: row.link)
        }
        waitingBytes -= batch.reduce(0) { $0 + $1.row.written.count }
        self.waiting.removeFirst(batch.count)
    }
}

extension BatchPlan.LeftOut {
    /// As the file of rejects names it.
    fileprivate var description: String { "\(field?.rawValue ?? "link") left out: \(reason.rawValue)" }
}
