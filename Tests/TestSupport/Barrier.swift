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

    public func wait() {
        condition.lock()
        defer { condition.unlock() }
        let mine = generation
        waiting += 1
        if waiting == count {
            waiting = 0
            generation += 1
            condition.broadcast()
        }
        while mine == generation { condition.wait() }
    }
}
