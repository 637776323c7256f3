import Foundation
import Synchronization

/// Runs `body` on `count` threads at once, and waits for all of them.
/// - Throws: The first error that one of them threw.
public func onThreads(_ count: Int, _ body: @escaping @Sendable (_ thread: Int) throws -> Void) throws {
    let failure = Mutex<(any Error)?>(nil)
    let done = DispatchGroup()
    for index in 0..<count {
        done.enter()
        Thread {
            do {
                try body(index)
            } catch {
                failure.withLock { $0 = $0 ?? error }
            }
            done.leave()
        }.start()
    }
    done.wait()
    if let error = failure.withLock({ $0 }) { throw error }
}
