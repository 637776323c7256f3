internal import Synchronization

/// What happens once, on any thread, and tasks of any event loops wait for.
public final class Gate: Sendable {
    /// Who waits; `nil` once it is open.
    private let waiting = Mutex<[(loop: EventLoop, ticket: Int)]?>([])

    public init() {}

    /// Until it is open, or `expiry`.
    public func wait(on loop: EventLoop, until expiry: Moment?) async {
        await loop.park(until: expiry) { ticket in
            let isOpen = waiting.withLock { waiting in
                waiting?.append((loop, ticket))
                return waiting == nil
            }
            if isOpen { _ = loop.unpark(ticket) }
        }
    }

    /// Lets all go who wait, and who come.
    public func open() {
        let all = waiting.withLock { waiting in
            defer { waiting = nil }
            return waiting ?? []
        }
        for (loop, ticket) in all { Task(executorPreference: loop) { loop.unpark(ticket) } }
    }
}
