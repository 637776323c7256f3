internal import CLinux
internal import Glibc

/// What gets a thread out of epoll_wait: its own loop's, or one that watches the descriptor. Or out of `wait`.
public struct WakeUp: ~Copyable, Sendable {
    /// Becomes readable with each `send`, as an edge: it need not be read.
    public let descriptor: Int32

    public init() throws(EventLoopError) {
        descriptor = eventfd(0, Int32(EFD_CLOEXEC | EFD_NONBLOCK))
        guard descriptor >= 0 else { throw EventLoopError("no eventfd", errno) }
    }

    deinit {
        close(descriptor)
    }

    public func send() {
        eventfd_write(descriptor, 1)
    }

    /// Blocks until a `send`, also one that came before: for a thread without a loop.
    /// - Returns: Whether there was one before `expiry`.
    @discardableResult
    public func wait(until expiry: Moment?) -> Bool {
        var event = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        repeat {
            let milliseconds = expiry.map { Int32(clamping: Int(max(.zero, $0 - .now) / .milliseconds(1)) + 1) }
            poll(&event, 1, milliseconds ?? -1)
            var count: eventfd_t = 0
            if eventfd_read(descriptor, &count) == 0 { return true }
        } while expiry.map { $0 > .now } ?? true
        return false
    }
}
