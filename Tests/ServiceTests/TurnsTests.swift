import EventLoop
import Identity
import TestSupport
import Testing

@testable import Service

@Suite("Turns with a customer")
struct TurnsTests {
    @Test("are taken one at a time, by those who came first")
    func order() throws {
        let (began, most) = try TurnTaker().take(Array(repeating: 1, count: 20))
        #expect(began == Array(0..<20))
        #expect(most == 1)
    }

    @Test("are not waited for by those who want another customer")
    func others() throws {
        let (began, most) = try TurnTaker().take([1, 1, 1, 2, 2, 3])
        #expect(began == [0, 3, 5, 1, 4, 2])
        #expect(most == 3)
    }

    @Test("end with an error, too")
    func errors() throws {
        let (began, _) = try TurnTaker(fails: true).take([1, 1, 1])
        #expect(began == [0, 1, 2])
    }
}

/// Tasks on one event loop that take turns.
private actor TurnTaker {
    private struct Failure: Error {}

    private nonisolated let loop: EventLoop
    private let turns = Turns()
    private let fails: Bool
    private var began: [Int] = []
    private var inTurn = 0
    private var mostInTurn = 0

    nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }

    init(fails: Bool = false) throws {
        loop = try EventLoop()
        self.fails = fails
    }

    isolated deinit {
        loop.stop()
    }

    /// One task after the other asks for its turn with a customer, and all hold it for the same time.
    /// - Returns: The tasks in the order in which they had their turns, and how many had them at once at most.
    nonisolated func take(_ customers: [ContactID]) throws -> (began: [Int], most: Int) {
        try loop.wait {
            await withTaskGroup { group in
                for (task, customer) in customers.enumerated() {
                    group.addTask { try? await self.hold(customer, task) }
                }
            }
            return await (self.began, self.mostInTurn)
        }
    }

    private func hold(_ customer: ContactID, _ task: Int) async throws {
        try await turns.take(with: customer) {
            began.append(task)
            inTurn += 1
            defer { inTurn -= 1 }
            mostInTurn = max(mostInTurn, inTurn)
            await loop.pause(for: .milliseconds(20))
            if fails { throw Failure() }
        }
    }
}
