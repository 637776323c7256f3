internal import CLinux
internal import Glibc

/// Descriptors, in an epoll set, and who waits for them. For one thread.
struct DescriptorSet: ~Copyable {
    private struct Member {
        let trigger: Watch.Trigger
        /// What epoll reports of it; 0 while it is not in the set.
        var events: UInt32 = 0
        /// Something was reported while no task waited.
        var hasFired = false
        var wait: Wait?
    }

    private struct Wait {
        let expiry: Moment?
        let continuation: UnsafeContinuation<Bool, Never>
    }

    private let epoll: Int32
    /// By descriptor.
    private var members: [Member?] = []
    /// Waits for no descriptor but for another task, or for their time alone, by ticket.
    private var parked: [Int: Wait] = [:]
    private var lastTicket = 0
    /// No wait ends before this. Most are over long before they would expire, so each is looked at only here.
    private var nextExpiry: Moment?

    init() throws(EventLoopError) {
        epoll = epoll_create1(Int32(EPOLL_CLOEXEC))
        guard epoll >= 0 else { throw EventLoopError("no epoll set", errno) }
    }

    deinit {
        close(epoll)
    }

    mutating func add(_ descriptor: Int32, _ trigger: Watch.Trigger) throws(EventLoopError) {
        let index = Int(descriptor)
        while members.count <= index { members.append(nil) }
        members[index] = Member(trigger: trigger)
        let code = report(DescriptorSet.events(for: .readable), of: descriptor)
        guard code == 0 else {
            members[index] = nil
            throw EventLoopError("epoll can't watch a descriptor", code)
        }
    }

    mutating func remove(_ descriptor: Int32) {
        report(0, of: descriptor)
        members[Int(descriptor)] = nil
    }

    func hasFired(_ descriptor: Int32) -> Bool {
        members[Int(descriptor)]!.hasFired
    }

    mutating func wait(
        _ descriptor: Int32, for event: Watch.Event, until expiry: Moment?,
        _ continuation: UnsafeContinuation<Bool, Never>
    ) {
        let index = Int(descriptor)
        if members[index]!.hasFired && event == .readable {
            members[index]!.hasFired = false
            continuation.resume(returning: true)
            return
        }
        precondition(members[index]!.wait == nil, "two wait for one descriptor")
        guard report(DescriptorSet.events(for: event), of: descriptor) == 0 else {
            // Nothing would ever end this wait.
            continuation.resume(returning: false)
            return
        }
        members[index]!.wait = Wait(expiry: expiry, continuation: continuation)
        if let expiry { nextExpiry = min(nextExpiry ?? expiry, expiry) }
    }

    /// - Returns: A ticket to end it with.
    mutating func park(
        until expiry: Moment?, _ continuation: UnsafeContinuation<Bool, Never>
    ) -> Int {
        lastTicket += 1
        parked[lastTicket] = Wait(expiry: expiry, continuation: continuation)
        if let expiry { nextExpiry = min(nextExpiry ?? expiry, expiry) }
        return lastTicket
    }

    /// - Returns: Whether it was still parked.
    mutating func unpark(_ ticket: Int) -> Bool {
        guard let wait = parked.removeValue(forKey: ticket) else { return false }
        wait.continuation.resume(returning: true)
        return true
    }

    mutating func cancel(_ descriptor: Int32, _ event: Watch.Event) -> Bool {
        let member = members[Int(descriptor)]!
        guard let wait = member.wait, member.events == DescriptorSet.events(for: event) else { return false }
        members[Int(descriptor)]!.wait = nil
        wait.continuation.resume(returning: false)
        return true
    }

    /// Waits for what comes next, and resumes those who waited for it.
    mutating func poll() {
        let capacity = 256
        withUnsafeTemporaryAllocation(of: epoll_event.self, capacity: capacity) { events in
            let count = epoll_wait(epoll, events.baseAddress, Int32(capacity), timeout)
            for index in 0..<Int(max(0, count)) { handle(events[index].data.fd) }
        }
        if let nextExpiry, nextExpiry <= .now { expire() }
    }

    /// In milliseconds, rounded up; -1 without limit.
    private var timeout: Int32 {
        guard let nextExpiry else { return -1 }
        return Int32(clamping: Int(max(.zero, nextExpiry - .now) / .milliseconds(1)) + 1)
    }

    private mutating func handle(_ descriptor: Int32) {
        let index = Int(descriptor)
        guard members.indices.contains(index), let member = members[index] else { return }
        if let wait = member.wait {
            members[index]!.wait = nil
            wait.continuation.resume(returning: true)
        } else {
            members[index]!.hasFired = true
            // Or it would be reported again and again.
            if member.trigger == .level { report(0, of: descriptor) }
        }
    }

    private mutating func expire() {
        let now = Moment.now
        nextExpiry = nil
        for index in members.indices {
            if let wait = members[index]?.wait, expires(wait, at: now) { members[index]!.wait = nil }
        }
        // In the order in which they came. Most are not due, and of those that wait for changes there may be thousands.
        let due = parked.filter { $0.value.expiry.map { $0 <= now } ?? false }
        for (ticket, wait) in due.sorted(by: { $0.key < $1.key }) {
            parked[ticket] = nil
            wait.continuation.resume(returning: false)
        }
        for case let expiry? in parked.values.lazy.map(\.expiry) { nextExpiry = min(nextExpiry ?? expiry, expiry) }
    }

    /// Resumes a wait whose time has come, and else keeps its time in mind.
    private mutating func expires(_ wait: Wait, at now: Moment) -> Bool {
        guard let expiry = wait.expiry else { return false }
        if expiry <= now {
            wait.continuation.resume(returning: false)
            return true
        }
        nextExpiry = min(nextExpiry ?? expiry, expiry)
        return false
    }

    private static func events(for event: Watch.Event) -> UInt32 {
        let readable = EPOLLIN.rawValue | EPOLLRDHUP.rawValue
        return event == .writable ? readable | EPOLLOUT.rawValue : readable
    }

    /// Tells epoll what to report, if it is something else than before.
    /// - Returns: 0, or the `errno` that says why it can't: the descriptor is then in the set no longer.
    @discardableResult
    private mutating func report(_ events: UInt32, of descriptor: Int32) -> Int32 {
        guard let member = members[Int(descriptor)], member.events != events else { return 0 }
        let operation = events == 0 ? EPOLL_CTL_DEL : member.events == 0 ? EPOLL_CTL_ADD : EPOLL_CTL_MOD
        var event = epoll_event()
        event.events = member.trigger == .edge ? events | EPOLLET.rawValue : events
        event.data.fd = descriptor
        let code = epoll_ctl(epoll, operation, descriptor, &event) == 0 ? 0 : errno
        members[Int(descriptor)]!.events = code == 0 ? events : 0
        return code
    }
}
