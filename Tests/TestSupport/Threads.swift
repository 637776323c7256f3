import Foundation
import Synchronization

/// `body` on a thread of its own, for a test that goes on meanwhile.
public final class Background: Sendable {
    private let done = DispatchGroup()
    private let failure = Mutex<(any Error)?>(nil)

    public init(_ body: @escaping @Sendable () throws -> Void) {
        done.enter()
        Thread { [self] in
            do {
                try body()
            } catch {
                failure.withLock { $0 = error }
            }
            done.leave()
        }.start()
    }

    /// Waits for it.
    /// - Throws: What it threw.
    public func join() throws {
        done.wait()
        if let error = failure.withLock({ $0 }) { throw error }
    }
}

/// Runs `body` on `count` threads at once, and waits for all of them.
/// - Throws: The first error that one of them threw.
public func onThreads(_ count: Int, _ body: @escaping @Sendable (_ thread: Int) throws -> Void) throws {
    let threads = (0..<count).map { thread in Background { try body(thread) } }
    for result in threads.map({ thread in Result { try thread.join() } }) { try result.get() }
}
