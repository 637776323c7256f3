internal import Glibc
internal import Synchronization

/// A thread of its own, for work that blocks: Swift's cooperative pool must not be made to wait.
final class WorkerThread: Sendable {
    private let body: @Sendable () -> Void
    private let finished = Atomic(false)

    var isFinished: Bool { finished.load(ordering: .acquiring) }

    init(_ body: @escaping @Sendable () -> Void) {
        self.body = body
        var thread = pthread_t()
        let context = Unmanaged.passRetained(self).toOpaque()
        let code = pthread_create(
            &thread, nil,
            { context in
                let thread = Unmanaged<WorkerThread>.fromOpaque(context!).takeRetainedValue()
                thread.body()
                thread.finished.store(true, ordering: .releasing)
                return nil
            }, context)
        precondition(code == 0, "the system gives no more threads")
        pthread_detach(thread)
    }
}
