internal import Synchronization

/// What one worker counts. Its lock is taken by others only as they read, once a second: with one tally for all
/// workers, they stood in a queue for it whenever the holder lost its core (docs/decisions/0010).
final class WorkerMetrics: Sendable {
    private let counted = Mutex(Tally())
    private let connected = Atomic(false)

    var tally: Tally { counted.withLock { $0 } }

    var isConnected: Bool { connected.load(ordering: .relaxed) }

    /// Counts a request that was answered.
    func count(_ visit: Visit, status: Int) {
        counted.withLock { $0.add(visit, status: status) }
    }

    func note(isConnected: Bool) {
        connected.store(isConnected, ordering: .relaxed)
    }
}
