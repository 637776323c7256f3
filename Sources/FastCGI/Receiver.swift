internal import CFastCGI
internal import Glibc

/// Where one worker gets its requests: it accepts connections, and hands over each one whose request
/// has come whole. For one thread; every worker of every instance has its own on the shared socket.
///
/// A connection is taken only by a worker that is free, so load balances itself. nginx writes a
/// request right after it connects. Peers that don't are set aside, few of them and not for long,
/// so that however many there are, they hold up nobody.
public final class Receiver {
    /// A request with all its records, in bytes; nginx sends 16 KiB of body and little else. It must
    /// fit into the socket's buffer, where it stays until it is whole.
    public static let maximumRequestSize = 64 * 1024

    /// How long a fresh connection may keep its worker waiting, in milliseconds.
    private static let grace: Int32 = 1
    /// How long it may take to send its request after that.
    private static let patience = Duration.seconds(5)
    private static let maximumWaiting = 64

    public enum Event: ~Copyable {
        case request(Exchange)
        /// Nothing came for the time given.
        case idle
        /// The stop signal was sent, and every whole request on an accepted connection was handed over.
        /// What waits in the backlog is left to the others that share the socket.
        case stop
    }

    private let socket: ListeningSocket
    private let stopSignal: StopSignal
    private let epoll: Int32
    private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: maximumRequestSize, alignment: 8)
    /// Whether the last fresh connection brought its request. After one that did not, the next gets no
    /// grace: of a thousand silent ones, only the first costs its worker time.
    private var wasPrompt = true
    /// Connections set aside, the oldest first.
    private var waiting: [(descriptor: Int32, until: ContinuousClock.Instant)] = []

    public init(_ socket: ListeningSocket, stopSignal: StopSignal) throws(SocketError) {
        self.socket = socket
        self.stopSignal = stopSignal
        epoll = epoll_create1(Int32(EPOLL_CLOEXEC))
        guard epoll >= 0 else { throw SocketError("no epoll set", errno) }
        // EPOLLEXCLUSIVE: a new connection wakes one worker, not all.
        try watch(socket.descriptor, EPOLLIN.rawValue | EPOLLEXCLUSIVE.rawValue)
        try watch(stopSignal.descriptor, EPOLLIN.rawValue)
    }

    deinit {
        for connection in waiting { close(connection.descriptor) }
        close(epoll)
        buffer.deallocate()
    }

    /// Waits for the next request, at most for `timeout`.
    public func next(timeout: Duration) -> Event {
        let end = ContinuousClock.now + timeout
        while true {
            dropLateConnections()
            var event = epoll_event()
            let left = max(.zero, end - .now)
            let count = epoll_wait(epoll, &event, 1, Int32(clamping: Int(left / .milliseconds(1)) + 1))
            if count == 0 && left == .zero { return .idle }
            guard count == 1 else { continue }

            switch event.data.fd {
            case stopSignal.descriptor:
                if let exchange = waitingRequest() { return .request(exchange) }
                return .stop
            case socket.descriptor:
                if let exchange = acceptConnection() { return .request(exchange) }
            case let connection:
                if let exchange = take(connection, wait: 0) { return .request(exchange) }
            }
        }
    }

    /// A request that has come whole on a connection set aside.
    private func waitingRequest() -> Exchange? {
        for connection in waiting {
            if let exchange = take(connection.descriptor, wait: 0) { return exchange }
        }
        return nil
    }

    private func acceptConnection() -> Exchange? {
        let connection = accept(socket.descriptor, nil, nil)
        if connection >= 0 { return take(connection, wait: Receiver.grace) }
        if errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM {
            // The connection stays in the backlog, and epoll would report it again at once.
            if waiting.isEmpty { usleep(10_000) } else { setFree(waiting[0].descriptor, closing: true) }
        }
        return nil
    }

    /// Hands over a connection whose request is whole, closes one that went wrong, sets others aside.
    private func take(_ connection: Int32, wait milliseconds: Int32) -> Exchange? {
        switch inspect(connection) {
        case .incomplete where milliseconds > 0 && wasPrompt:
            var descriptor = pollfd(fd: connection, events: Int16(POLLIN), revents: 0)
            poll(&descriptor, 1, milliseconds)
            return take(connection, wait: 0)
        case .incomplete:
            wasPrompt = false
            setAside(connection)
            return nil
        case .refused:
            setFree(connection, closing: true)
            return nil
        case .complete:
            wasPrompt = true
            setFree(connection, closing: false)
            return Exchange(connection: connection)
        }
    }

    private func inspect(_ connection: Int32) -> RequestFrame {
        let count = recv(connection, buffer.baseAddress, buffer.count, Int32(MSG_PEEK | MSG_DONTWAIT))
        if count < 0 { return errno == EAGAIN || errno == EINTR ? .incomplete : .refused }
        if count == 0 { return .refused }
        let frame = RequestFrame.inspect(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
        return frame == .incomplete && count == buffer.count ? .refused : frame
    }

    private func setAside(_ connection: Int32) {
        guard !waiting.contains(where: { $0.descriptor == connection }) else { return }
        if waiting.count == Receiver.maximumWaiting { setFree(waiting[0].descriptor, closing: true) }
        // Edge-triggered: bytes that stay in the buffer are reported once, not for ever.
        guard (try? watch(connection, EPOLLIN.rawValue | EPOLLRDHUP.rawValue | EPOLLET.rawValue)) != nil else {
            close(connection)
            return
        }
        waiting.append((connection, .now + Receiver.patience))
    }

    /// Ends a connection's time among those set aside, if it was.
    private func setFree(_ connection: Int32, closing: Bool) {
        if let index = waiting.firstIndex(where: { $0.descriptor == connection }) {
            waiting.remove(at: index)
            epoll_ctl(epoll, EPOLL_CTL_DEL, connection, nil)
        }
        if closing { close(connection) }
    }

    private func dropLateConnections() {
        while let oldest = waiting.first, oldest.until <= .now {
            setFree(oldest.descriptor, closing: true)
        }
    }

    private func watch(_ descriptor: Int32, _ events: UInt32) throws(SocketError) {
        var event = epoll_event()
        event.events = events
        event.data.fd = descriptor
        guard epoll_ctl(epoll, EPOLL_CTL_ADD, descriptor, &event) == 0 else {
            throw SocketError("epoll can't watch a descriptor", errno)
        }
    }
}
