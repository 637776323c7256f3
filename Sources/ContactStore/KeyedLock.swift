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

    /// Waits for the customer's lock, in the order of the calls.
    /// - Returns: Whether the caller has it, and must `unlock`.
    func lock(_ primary: ContactID, before deadline: Deadline) async -> Bool {
        if let line = lines[primary] { return await line.wait(until: deadline.instant) != nil }
        lines[primary] = WaitingLine(on: loop)
        return true
    }

    func unlock(_ primary: ContactID) {
        if !lines[primary]!.resumeFirst(with: ()) { lines[primary] = nil }
    }
}
