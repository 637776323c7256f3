import EventLoop
import Glibc
import TestSupport
import Testing

@Suite("An event loop")
struct EventLoopTests {
    let worker: LoopActor

    init() throws {
        worker = try LoopActor()
    }

    @Test("runs all that its actor does on one thread, also after a wait, a pause and a continuation")
    func oneThread() throws {
        try worker.wait { worker in
            let pipe = try Pipe()
            let watch = try worker.loop.watch(pipe.reader, .level)
            let thread = pthread_self()
            pipe.write()
            #expect(await watch.wait(for: .readable))
            #expect(pthread_self() == thread)
            await worker.loop.pause(for: .milliseconds(1))
            #expect(pthread_self() == thread)
            try await withCheckedThrowingContinuation { continuation in
                do {
                    try startThread { continuation.resume() }
                } catch {
                    continuation.resume(throwing: error)
                }
            }
            #expect(pthread_self() == thread)
        }
    }

    @Test("ends a wait when something came, and not before")
    func readable() throws {
        try worker.wait { worker in
            let pipe = try Pipe()
            let watch = try worker.loop.watch(pipe.reader, .level)
            let begin = Moment.now
            try pipe.write(afterMilliseconds: 30)
            #expect(await watch.wait(for: .readable, until: .now + .seconds(5)))
            #expect(Moment.now - begin >= .milliseconds(30))
        }
    }

    @Test("ends a wait at its time, and the waits of others at theirs")
    func expiry() throws {
        try worker.wait { worker in
            let pipe = try Pipe()
            let watch = try worker.loop.watch(pipe.reader, .level)
            for milliseconds in [40, 10, 0] {
                let begin = Moment.now
                #expect(await watch.wait(for: .readable, until: begin + .milliseconds(milliseconds)) == false)
                #expect(Moment.now - begin >= .milliseconds(milliseconds))
                #expect(Moment.now - begin < .seconds(1))
            }
            pipe.write()
            #expect(await watch.wait(for: .readable, until: .now + .seconds(5)))
        }
    }

    @Test("ends a level-triggered wait again for what was left, an edge-triggered one only for what is new")
    func triggers() throws {
        try worker.wait { worker in
            for (trigger, endsAgain) in [(Watch.Trigger.level, true), (.edge, false)] {
                let pipe = try Pipe()
                let watch = try worker.loop.watch(pipe.reader, trigger)
                pipe.write()
                #expect(await watch.wait(for: .readable, until: .now + .seconds(5)))
                #expect(await watch.wait(for: .readable, until: .now + .milliseconds(20)) == endsAgain)
                pipe.write()
                #expect(await watch.wait(for: .readable, until: .now + .seconds(5)))
            }
        }
    }

    @Test("remembers what came while no task waited", arguments: [Watch.Trigger.level, .edge])
    func firedBefore(trigger: Watch.Trigger) throws {
        try worker.wait { worker in
            let pipe = try Pipe()
            let watch = try worker.loop.watch(pipe.reader, trigger)
            #expect(!watch.hasFired)
            pipe.write()
            await worker.loop.pause(for: .milliseconds(5))
            #expect(watch.hasFired)
            #expect(await watch.wait(for: .readable, until: .now + .seconds(5)))
        }
    }

    @Test("does not spin over a descriptor whose peer is gone and that no task waits for")
    func hungUp() throws {
        let used = try worker.wait { worker in
            let pipe = try Pipe()
            let watch = try worker.loop.watch(pipe.reader, .level)
            pipe.closeWriter()
            await worker.loop.pause(for: .milliseconds(5))
            let before = processorTime()
            await worker.loop.pause(for: .milliseconds(200))
            #expect(watch.hasFired)
            return processorTime() - before
        }
        #expect(used < .milliseconds(100))
    }

    @Test("ends a wait that is cancelled")
    func cancel() throws {
        try worker.wait { worker in
            let pipe = try Pipe()
            let watch = try worker.loop.watch(pipe.reader, .level)
            Task {
                await worker.loop.pause(for: .milliseconds(10))
                _ = worker
                watch.cancel(.readable)
            }
            #expect(await watch.wait(for: .readable, until: .now + .seconds(5)) == false)
        }
    }

    @Test(
        "ends a wait at once for which the system does not watch the descriptor, and every one after it",
        arguments: [Watch.Event.readable, .writable])
    func notWatched(event: Watch.Event) throws {
        try worker.wait { worker in
            var ends: [Int32] = [0, 0]
            precondition(pipe(&ends) == 0)
            let watch = try worker.loop.watch(ends[0], .level)
            // What comes while no task waits takes it out of the set, so that the next wait puts it in again.
            _ = write(ends[1], [1 as UInt8], 1)
            await worker.loop.pause(for: .milliseconds(5))
            #expect(await watch.wait(for: .readable))
            close(ends[0])
            close(ends[1])
            let begin = Moment.now
            for _ in 0..<2 { #expect(await watch.wait(for: event, until: begin + .seconds(20)) == false) }
            #expect(Moment.now - begin < .seconds(10))
        }
    }

    @Test("pauses for the time given, in many tasks at once")
    func pauses() throws {
        try worker.wait { worker in
            await withTaskGroup { group in
                for milliseconds in [40, 10, 30, 0, 20] {
                    group.addTask {
                        let begin = Moment.now
                        await worker.loop.pause(for: .milliseconds(milliseconds))
                        #expect(Moment.now - begin >= .milliseconds(milliseconds))
                        #expect(Moment.now - begin < .seconds(1))
                    }
                }
            }
        }
    }

    @Test("waits for room to write")
    func writable() throws {
        try worker.wait { worker in
            let pipe = try Pipe()
            let watch = try worker.loop.watch(pipe.writer, .level)
            #expect(await watch.wait(for: .writable, until: .now + .seconds(5)))
            pipe.fill()
            #expect(await watch.wait(for: .writable, until: .now + .milliseconds(20)) == false)
            pipe.drain()
            #expect(await watch.wait(for: .writable, until: .now + .seconds(5)))
        }
    }

    @Test("lets go of a descriptor, whose number may come again")
    func reuse() throws {
        try worker.wait { worker in
            for _ in 0..<100 {
                let pipe = try Pipe()
                let watch = try worker.loop.watch(pipe.reader, .edge)
                #expect(!watch.hasFired)
                pipe.write()
                #expect(await watch.wait(for: .readable, until: .now + .seconds(5)))
            }
        }
    }

    @Test("takes jobs from many threads at once")
    func manyThreads() throws {
        try onThreads(16) { _ in
            for round in 0..<200 {
                let answer = try worker.wait { _ in round }
                #expect(answer == round)
            }
        }
    }
}

/// Two ends, closed when let go of.
private final class Pipe: Sendable {
    let reader: Int32
    let writer: Int32

    init() throws {
        var ends: [Int32] = [0, 0]
        precondition(pipe(&ends) == 0)
        for end in ends { precondition(fcntl(end, F_SETFL, O_NONBLOCK) == 0) }
        (reader, writer) = (ends[0], ends[1])
    }

    deinit {
        close(reader)
        close(writer)
    }

    func write() {
        _ = Glibc.write(writer, [1 as UInt8], 1)
    }

    func write(afterMilliseconds pause: UInt32) throws {
        try startThread {
            usleep(pause * 1000)
            self.write()
        }
    }

    func fill() {
        let block = [UInt8](repeating: 0, count: 4096)
        while Glibc.write(writer, block, block.count) > 0 {}
    }

    func drain() {
        var block = [UInt8](repeating: 0, count: 4096)
        while read(reader, &block, block.count) > 0 {}
    }

    func closeWriter() {
        let null = open("/dev/null", O_WRONLY)
        dup2(null, writer)
        close(null)
    }
}

/// Of this thread.
private func processorTime() -> Duration {
    var time = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
}
