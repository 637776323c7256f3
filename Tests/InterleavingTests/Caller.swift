import ContactStore
import Identity
import Synchronization
import TestSupport

/// What is asked of the store.
enum Request: Sendable {
    case identify(String?, String?)
    case erase(String?, String?)
    /// By the id of the contact that introduced this e-mail.
    case eraseContact(of: String)
    case importing([(String?, String?)])
}

/// What it answered.
enum Answer: Sendable {
    case customer(primary: ContactID, Set<String>)
    case erased([ContactID])
    case nobody
    case imported
    /// What a caller must not see.
    case failure(String)
}

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
        if case .importing = request {
            (store, connections) = (nil, 1)
        } else {
            (store, connections) = (try TestStore(database: database), ContactStore.readers + 1)
        }
    }

    /// `nil` while a request is under way.
    var answer: Answer? { answered.withLock { $0 } }

    /// - Parameter contact: Whom `eraseContact` means.
    func send(_ request: Request, contact: ContactID? = nil) {
        answered.withLock { $0 = nil }
        _ = Background { [self] in
            let answer: Answer
            do { answer = try carryOut(request, contact) } catch { answer = .failure("\(error)") }
            answered.withLock { $0 = answer }
            pipe.wake()
        }
    }

    /// Has all of its connections opened.
    /// - Parameter email: One that nobody has.
    func connect(with email: String) {
        send(store == nil ? .importing([(email, nil)]) : .identify(email, nil))
    }

    private func carryOut(_ request: Request, _ contact: ContactID?) throws -> Answer {
        switch request {
        case .identify(let email, let phone):
            guard let cluster = try store!.identify(email, phone).cluster else { return .nobody }
            let identifiers = cluster.emails.map { "email \($0.text)" } + cluster.phones.map { "phone \($0.key)" }
            return .customer(primary: cluster.primaryID, Set(identifiers))
        case .erase(let email, let phone):
            return answer(to: try store!.erase(email, phone))
        case .eraseContact:
            return answer(to: try store!.erase(.contact(contact!)))
        case .importing(let rows):
            try carryOut(try rows.map { BatchRow(try Observation($0, $1)) })
            return .imported
        }
    }

    private func answer(to erasure: Erasure) -> Answer {
        switch erasure {
        case .erased(let contacts): .erased(contacts)
        case .unknown: .nobody
        case .ambiguous, .tooLarge: .failure("\(erasure)")
        }
    }

    /// As `identityd import` sends a batch.
    private func carryOut(_ rows: [BatchRow]) throws {
        let store = try batches ?? BatchStore(database: database, rule: .new, maximumClusterSize: 1000)
        batches = store
        let progress = BatchStore.Progress(digest: "file", rows: rows.count)
        var size = PieceSize(20...4000)
        let plan = try size.carryOut(reconnect: store.drop) { _ in try store.carryOut(rows, recording: progress) }
        if plan == nil { throw NotWritten() }
    }

    private struct NotWritten: Error {}
}
