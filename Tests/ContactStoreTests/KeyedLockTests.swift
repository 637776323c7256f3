import EventLoop
import Identity
import PostgreSQL
import TestSupport
import Testing

@testable import ContactStore

@Suite("The lock on a customer")
struct KeyedLockTests {
    @Test("is held by one task at a time, first by those that came first")
    func order() throws {
        let (began, most) = try LockUser().take(Array(repeating: 1, count: 20))
        #expect(began == Array(0..<20))
        #expect(most == 1)
    }

    @Test("is waited for until the deadline, and goes to the next whose time is not over")
    func deadline() throws {
        #expect(
            try LockUser().outcomes([.seconds(20), .milliseconds(5), .seconds(20)]) == ["held", "too late", "held"])
    }

    @Test("is not waited for by those that write to another customer")
    func others() throws {
        let (began, most) = try LockUser().take([1, 1, 1, 2, 2, 3])
        #expect(began == [0, 3, 5, 1, 4, 2])
        #expect(most == 3)
    }
}

/// Tasks on one event loop that write to customers.
private actor LockUser {
    struct TooLate: Error {}

    private nonisolated let loop: EventLoop
    private let lock: KeyedLock
    private var began: [Int] = []
    private var holders = 0
    private var mostHolders = 0

    nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }

    init() throws {
        loop = try EventLoop()
        lock = KeyedLock(on: loop)
    }

    isolated deinit {
        loop.stop()
    }

    /// One task after the other asks for a customer's lock, and all hold it for the same time.
    /// - Returns: The tasks in the order in which they held it, and how many held one at once at most.
    nonisolated func take(_ customers: [ContactID]) throws -> (began: [Int], most: Int) {
        try loop.wait {
            await withTaskGroup { group in
                for (task, customer) in customers.enumerated() {
                    group.addTask { try? await self.hold(customer, task) }
                }
            }
            return await (self.began, self.mostHolders)
        }
    }

    /// All ask for one customer's lock, each for so long.
    nonisolated func outcomes(_ limits: [Duration]) throws -> [String] {
        try loop.wait {
            await withTaskGroup { group in
                for (task, limit) in limits.enumerated() {
                    group.addTask {
                        do {
                            try await self.hold(1, task, before: .after(limit))
                            return (task, "held")
                        } catch {
                            return (task, "too late")
                        }
                    }
                }
                return await group.reduce(into: []) { $0.append($1) }.sorted { $0.0 < $1.0 }.map(\.1)
            }
        }
    }

    private func hold(_ customer: ContactID, _ task: Int, before deadline: Deadline = .after(.seconds(20))) async throws
    {
        guard await lock.lock(customer, before: deadline) else { throw TooLate() }
        defer { lock.unlock(customer) }
        began.append(task)
        holders += 1
        defer { holders -= 1 }
        mostHolders = max(mostHolders, holders)
        await loop.pause(for: .milliseconds(20))
    }
}
