internal import CLinux
internal import Glibc

/// What gets a thread out of epoll_wait: its own loop's, or one that watches the descriptor.
public struct WakeUp: ~Copyable, Sendable {
    /// Becomes readable with each `send`, as an edge: nobody needs to read it.
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
}
