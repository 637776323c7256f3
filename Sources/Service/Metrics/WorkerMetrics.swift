internal import Synchronization

/// What one worker counts. Its lock is taken by others only as they read, once a second: with one tally for all
/// workers, they stood in a queue for it whenever the holder lost its core (docs/decisions/0010).
final class WorkerMetrics: Sendable {
    private let counted = Mutex(Tally())
    private let connections = Atomic(0)

    var tally: Tally { counted.withLock { $0 } }

    /// To PostgreSQL, that are open.
    var openConnections: Int { connections.load(ordering: .relaxed) }

    /// Counts a request that was answered.
    func count(_ visit: Visit, status: Int) {
        counted.withLock { $0.add(visit, status: status) }
    }

    func note(openConnections: Int) {
        connections.store(openConnections, ordering: .relaxed)
    }
}
