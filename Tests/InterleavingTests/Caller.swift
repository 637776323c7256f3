import ContactStore
import Identity
import Synchronization
import TestSupport

/// Asks a store of its own, on a thread of its own, one request at a time.
final class Caller: Sendable {
    /// How many connections its requests use.
    let connections: Int
    private let database: String
    /// `nil` of one that imports.
    private let store: TestStore?
    /// One request at a time uses it.
    private nonisolated(unsafe) var batches: BatchStore?
    private let pipe: WakingPipe
    private let answered = Mutex<Answer?>(nil)

    init(of request: Request, database: String, waking pipe: WakingPipe) throws {
        self.database = database
        self.pipe = pipe
        if request.isImport {
            (store, connections) = (nil, 1)
        } else {
            (store, connections) = (try TestStore(database: database), ContactStore.readers + 1)
        }
    }

    /// `nil` while a request is under way.
    var answer: Answer? { answered.withLock { $0 } }

    func send(_ request: Request, _ names: Names = Names()) {
        answered.withLock { $0 = nil }
        _ = Background { [self] in
            let answer: Answer
            do { answer = try carryOut(request, names) } catch { answer = .failure("\(error)") }
            answered.withLock { $0 = answer }
            pipe.wake()
        }
    }

    /// Has all of its connections opened.
    /// - Parameter email: One that nobody has.
    func connect(with email: String) {
        send(store == nil ? .importing([(email, nil)]) : .identify(email, nil))
    }

    private func carryOut(_ request: Request, _ names: Names) throws -> Answer {
        guard case .importing(let rows) = request else { return try store!.carryOut(request, names) }
        return try carryOut(try rows.map { BatchRow(try Observation($0, $1)) })
    }

    /// As `identityd import` sends a batch.
    private func carryOut(_ rows: [BatchRow]) throws -> Answer {
        let store = try batches ?? BatchStore(database: database, rule: .new, maximumClusterSize: 1000)
        batches = store
        let progress = BatchStore.Progress(digest: "file", rows: rows.count)
        var size = PieceSize(20...4000)
        let plan = try size.carryOut(reconnect: store.drop) { _ in try store.carryOut(rows, recording: progress) }
        guard let plan else { throw NotWritten() }
        return Answer(plan, of: rows.count)
    }

    private struct NotWritten: Error {}
}
