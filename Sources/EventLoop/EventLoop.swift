internal import CLinux
internal import Glibc
internal import Synchronization

/// A thread that waits for many descriptors at once, and runs the async code that waits for them.
///
/// It is an executor: an actor that names it as its own runs on its thread, and so does all that the actor calls.
/// Code that waits for a socket then reads like code that blocks, and one thread has as many requests in hand as it
/// has sockets. What such code must not do is block: all others on the loop would wait with it.
public final class EventLoop: SerialExecutor, TaskExecutor {
    /// Only its own thread touches it: what else calls is stopped by `checkIsolated`.
    private nonisolated(unsafe) var descriptors: DescriptorSet
    private nonisolated(unsafe) var jobs: [UnownedJob] = []
    /// Those that run now.
    private nonisolated(unsafe) var batch: [UnownedJob] = []

    private let jobsOfOthers = Mutex<[UnownedJob]>([])
    private let wakeUp: WakeUp
    private let isStopping = Atomic(false)
    /// The loop's thread, as a number.
    private let thread = Atomic<UInt>(0)

    /// Starts the thread. It goes on until `stop`.
    public init() throws(EventLoopError) {
        wakeUp = try WakeUp()
        descriptors = try DescriptorSet()
        try descriptors.add(wakeUp.descriptor, .edge)
        try startThread { self.run() }
    }

    /// Ends the thread, once the jobs that it has are done. What waits for a descriptor then never returns.
    public func stop() {
        isStopping.store(true, ordering: .releasing)
        wakeUp.send()
    }

    public func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        if isCurrent {
            jobs.append(job)
            return
        }
        let isFirst = jobsOfOthers.withLock { jobs in
            jobs.append(job)
            return jobs.count == 1
        }
        if isFirst { wakeUp.send() }
    }

    public func checkIsolated() {
        precondition(isCurrent, "not on the event loop's thread")
    }

    private var isCurrent: Bool { thread.load(ordering: .relaxed) == UInt(pthread_self()) }

    private func run() {
        thread.store(UInt(pthread_self()), ordering: .relaxed)
        while !isStopping.load(ordering: .acquiring) {
            runJobs()
            descriptors.poll()
        }
        runJobs()
    }

    /// Those that are there, and those that they bring about.
    private func runJobs() {
        while true {
            jobsOfOthers.withLock { others in
                jobs += others
                others.removeAll(keepingCapacity: true)
            }
            if jobs.isEmpty { return }
            swap(&jobs, &batch)
            for job in batch {
                job.runSynchronously(isolatedTo: asUnownedSerialExecutor(), taskExecutor: asUnownedTaskExecutor())
            }
            batch.removeAll(keepingCapacity: true)
        }
    }
}

// MARK: - For code on the loop

extension EventLoop {
    /// Watches `descriptor` until the watch is let go of, which must be before the descriptor is closed.
    public func watch(_ descriptor: Int32, _ trigger: Watch.Trigger) throws(EventLoopError) -> Watch {
        checkIsolated()
        try descriptors.add(descriptor, trigger)
        return Watch(descriptor, on: self)
    }

    public func pause(for duration: Duration) async {
        await park(until: .now + duration) { _ in }
    }

    /// Waits until `unpark`, or `expiry`.
    /// - Parameter onTicket: Called at once, with what `unpark` takes.
    func park(until expiry: Moment?, _ onTicket: (Int) -> Void) async {
        _ = await withUnsafeContinuation { continuation in
            checkIsolated()
            onTicket(descriptors.park(until: expiry, continuation))
        }
    }

    /// - Returns: Whether it was still parked.
    func unpark(_ ticket: Int) -> Bool {
        checkIsolated()
        return descriptors.unpark(ticket)
    }

    func remove(_ descriptor: Int32) {
        checkIsolated()
        descriptors.remove(descriptor)
    }

    func wait(_ descriptor: Int32, for event: Watch.Event, until expiry: Moment?) async -> Bool {
        await withUnsafeContinuation { continuation in
            checkIsolated()
            descriptors.wait(descriptor, for: event, until: expiry, continuation)
        }
    }

    func cancel(_ descriptor: Int32, _ event: Watch.Event) -> Bool {
        checkIsolated()
        return descriptors.cancel(descriptor, event)
    }

    func hasFired(_ descriptor: Int32) -> Bool {
        checkIsolated()
        return descriptors.hasFired(descriptor)
    }
}

/// The system refused what an event loop needs.
public struct EventLoopError: Error, CustomStringConvertible, Sendable {
    public let description: String

    init(_ problem: String, _ code: Int32) {
        description = "\(problem): \(String(cString: strerror(code)))"
    }
}
