internal import CFastCGI
internal import Glibc

/// Tells every worker of the process to stop: an eventfd beside the listening socket in each epoll set.
public final class StopSignal: Sendable {
    let descriptor: Int32

    public init() throws(SocketError) {
        descriptor = eventfd(0, Int32(EFD_CLOEXEC | EFD_NONBLOCK))
        guard descriptor >= 0 else { throw SocketError("no eventfd", errno) }
    }

    deinit {
        close(descriptor)
    }

    /// Once sent, it stays.
    public func send() {
        eventfd_write(descriptor, 1)
    }
}
