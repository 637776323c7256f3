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
            let progress = digest.map { BatchStore.Progress(digest: $0, rows: batch.last!.number) }
            return try store.carryOut(batch.lazy.map(\.observation), recording: progress).map { (batch, $0) }
        }
        tally.retries = size.retries
        guard let (batch, plan) = sent else { throw ImportError.givenUp }
        tally.outcomes.merge(plan.outcomes, uniquingKeysWith: +)
        tally.rejected += plan.refused.count
        for row in plan.refused.map({ batch[$0] }) {
            try rejects?.write(row.written, line: row.line, because: "cluster-too-large")
        }
        waitingBytes -= batch.reduce(0) { $0 + $1.written.count }
        self.waiting.removeFirst(batch.count)
    }
}

/// The rows that were not imported, as CSV: the line where each begins, the reason, and the row as it was written.
struct RejectsFile {
    private let output: OutputFile

    /// Made anew, also where an import is resumed: that looks at every row again, from the first on.
    /// - Throws: `ImportError.sameFile`, `FileError`.
    init(path: String, besides input: InputFile) throws {
        if input.isFile(at: path) { throw ImportError.sameFile }
        output = try OutputFile(path: path)
        try output.write(CSVWriter.row(["line", "reason", "row"]))
    }

    func write(_ written: ArraySlice<UInt8>, line: Int, because reason: String) throws {
        try output.write(CSVWriter.row(["\(line)", reason, String(decoding: written, as: UTF8.self)]))
    }

    func close() throws {
        try output.flush()
    }
}
