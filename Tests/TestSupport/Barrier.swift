import Foundation

/// Where threads wait for each other: all leave it at once, and it can be used again.
public final class Barrier: @unchecked Sendable {
    private let condition = NSCondition()
    private let count: Int
    private var waiting = 0
    private var generation = 0

    public init(_ count: Int) {
        self.count = count
    }

    /// - Parameter limit: Longer than what the others do until they are there.
    /// - Throws: `WaitedInVain`.
    public func wait(within limit: Duration = .seconds(60)) throws {
        condition.lock()
        defer { condition.unlock() }
        let mine = generation
        waiting += 1
        if waiting == count {
            waiting = 0
            generation += 1
            condition.broadcast()
        }
        let end = Date(timeIntervalSinceNow: limit / .seconds(1))
        while mine == generation {
            guard condition.wait(until: end) else {
                throw WaitedInVain("only \(waiting) of \(count) threads are at the barrier", limit)
            }
        }
    }
}
