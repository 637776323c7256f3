import EventLoop
import TestSupport
import Testing

@Suite("A gate")
struct GateTests {
    private let gate = Gate()

    @Test("lets all go, whichever loop they wait on, and those who come once it is open")
    func opens() throws {
        let loops = try (0..<2).map { _ in try EventLoop() }
        defer { for loop in loops { loop.stop() } }
        try loops[0].wait { [gate] in
            let waits = (0..<6).map { number in
                let loop = loops[number % 2]
                return Task(executorPreference: loop) { await gate.wait(on: loop, until: nil) }
            }
            await loops[0].pause(for: .milliseconds(20))
            try startThread { gate.open() }
            for wait in waits { await wait.value }
        }
        for loop in loops { try loop.wait { [gate] in await gate.wait(on: loop, until: nil) } }
    }

    @Test("lets one go at its deadline while it is closed")
    func deadline() throws {
        try LoopActor().wait { [gate] worker in
            let begin = Moment.now
            await gate.wait(on: worker.loop, until: begin + .milliseconds(30))
            #expect(Moment.now - begin >= .milliseconds(30))
            gate.open()
            await gate.wait(on: worker.loop, until: nil)
        }
    }
}
