internal import EventLoop
internal import Identity
internal import PostgreSQL

/// Lets one task at a time write to a customer. For the tasks of one event loop.
///
/// They would wait for each other in PostgreSQL, too, for the lock on the primary; but there each holds a session, and
/// keeps PostgreSQL from forgetting what others have read.
final class KeyedLock {
    private let loop: EventLoop
    /// Those who wait, by customer; an entry, if only an empty one, while one of them writes.
    private var lines: [ContactID: WaitingLine<Void>] = [:]

    init(on loop: EventLoop) {
        self.loop = loop
    }

    /// Runs `body` while no other task does for this customer, in the order of the calls.
    /// - Throws: What `body` throws; `timeout` where it is not its turn before the deadline.
    func withLock<R>(
        on primary: ContactID, before deadline: Deadline, else timeout: @autoclosure () -> any Error,
        _ body: () async throws -> R
    ) async throws -> R {
        if let line = lines[primary] {
            guard await line.wait(until: deadline.instant) != nil else { throw timeout() }
        } else {
            lines[primary] = WaitingLine(on: loop)
        }
        defer { if !lines[primary]!.resumeFirst(with: ()) { lines[primary] = nil } }
        return try await body()
    }
}
