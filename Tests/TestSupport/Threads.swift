import Foundation
import Synchronization

/// `body` on a thread of its own, for a test that goes on meanwhile. What it expects, the test expects.
public final class Background: Sendable {
    private let done = DispatchGroup()
    private let failure = Mutex<(any Error)?>(nil)

    /// - Parameter stackSize: In bytes, for those who start hundreds.
    public init(stackSize: Int? = nil, _ body: @escaping @Sendable () throws -> Void) {
        done.enter()
        Task(executorPreference: OwnThread(stackSize: stackSize)) { [self] in
            do {
                try body()
            } catch {
                failure.withLock { $0 = error }
            }
            done.leave()
        }
    }

    public var isDone: Bool { done.wait(timeout: .now()) == .success }

    /// Waits for it.
    /// - Throws: What it threw; `WaitedInVain`.
    public func join(within limit: Duration = .seconds(600)) throws {
        guard done.wait(timeout: limit.dispatchTime) == .success else {
            throw WaitedInVain("a thread of the test still runs", limit)
        }
        if let error = failure.withLock({ $0 }) { throw error }
    }
}

/// Runs a task on a new thread, where it may block. A task has the values of the one that started it, and among them
/// is which test it is: an issue of a bare thread would have no name.
private final class OwnThread: TaskExecutor {
    private let stackSize: Int?

    init(stackSize: Int?) {
        self.stackSize = stackSize
    }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        let thread = Thread { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
        if let stackSize { thread.stackSize = stackSize }
        thread.start()
    }
}

/// Runs `body` on `count` threads at once, and waits for all of them.
/// - Throws: The error that was thrown first: others may only follow from it.
public func onThreads(_ count: Int, _ body: @escaping @Sendable (_ thread: Int) throws -> Void) throws {
    let first = Mutex<(any Error)?>(nil)
    let note = { @Sendable (error: any Error) in first.withLock { $0 = $0 ?? error } }
    let threads = (0..<count).map { thread in
        Background {
            do { try body(thread) } catch { note(error) }
        }
    }
    for thread in threads {
        do { try thread.join() } catch { note(error) }
    }
    if let error = first.withLock({ $0 }) { throw error }
}
