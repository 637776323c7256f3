import EventLoop
import TestSupport
import Testing

@Suite("A waiting line")
struct WaitingLineTests {
    /// A line, and those who wait in it.
    private actor Counter {
        nonisolated let loop: EventLoop
        private let line: WaitingLine<Int>
        private(set) var served: [String] = []

        nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }

        init() throws {
            loop = try EventLoop()
            line = WaitingLine(on: loop)
        }

        deinit { loop.stop() }

        func wait(_ name: String, for duration: Duration?) async {
            let value = await line.wait(until: duration.map { .now + $0 })
            served.append(value.map { "\(name) \($0)" } ?? "\(name) too late")
        }

        func bring(_ value: Int) -> Bool { line.resumeFirst(with: value) }

        /// Starts those who wait, one after the other, and lets each get to its place.
        func run(
            _ waits: [(String, Duration?)], then body: @Sendable (isolated Counter) async -> Void
        ) async -> [String] {
            let tasks = waits.map { name, duration in
                Task { await withTaskExecutorPreference(loop) { await self.wait(name, for: duration) } }
            }
            await loop.pause(for: .milliseconds(5))
            await body(self)
            for task in tasks { await task.value }
            return served
        }
    }

    @Test("serves in the order in which they came, each once")
    func order() throws {
        let counter = try Counter()
        let served = try counter.loop.wait {
            await counter.run([("a", nil), ("b", nil), ("c", nil)]) { counter in
                let wereTaken = [counter.bring(1), counter.bring(2), counter.bring(3), counter.bring(4)]
                #expect(wereTaken == [true, true, true, false])
            }
        }
        #expect(served == ["a 1", "b 2", "c 3"])
    }

    @Test("lets each go at its own deadline, though nothing comes, and gives nothing to those who left")
    func deadlines() throws {
        let counter = try Counter()
        let served = try counter.loop.wait {
            await counter.run([("late", nil), ("soon", .milliseconds(60)), ("sooner", .milliseconds(20))]) { counter in
                await counter.loop.pause(for: .milliseconds(300))
                let wereTaken = [counter.bring(1), counter.bring(2)]
                #expect(wereTaken == [true, false])
            }
        }
        #expect(served == ["sooner too late", "soon too late", "late 1"])
    }

    @Test("gives what one was too late for to the next")
    func handover() throws {
        let counter = try Counter()
        let served = try counter.loop.wait {
            await counter.run([("gone", .milliseconds(20)), ("next", nil)]) { counter in
                // The loop is held up until the first one's time is over; its task has not run yet.
                let end = ContinuousClock.now + .milliseconds(100)
                while ContinuousClock.now < end {}
                await counter.loop.pause(for: .milliseconds(1))
                let wasTaken = counter.bring(7)
                #expect(wasTaken)
            }
        }
        #expect(served.sorted() == ["gone too late", "next 7"])
    }
}
