internal import CFastCGI
internal import EventLoop
internal import Glibc

/// A connection of the web server, on which one request comes after the other.
public final class Channel {
    /// A request with all its records, in bytes; nginx sends 16 KiB of body and little else. It must
    /// fit into the socket's buffer, where it stays until it is whole.
    public static let maximumRequestSize = 64 * 1024

    /// How long a request may take to come, from its first byte; on a fresh connection, from the start.
    private static let patience = Duration.seconds(5)

    /// How long a peer may take to make room for more of its answer, in microseconds. libfcgi waits for it, and
    /// with it all the loop; but most answers fit into the socket's buffer.
    private static let sendTimeout = 100_000

    /// libfcgi's streams point back into the request, so it must not move.
    private let request: UnsafeMutablePointer<FCGX_Request>
    private let descriptor: Int32
    private let listener: Listener
    private var watch: Watch?
    private var isFresh = true

    init(_ descriptor: Int32, _ watch: Watch, of listener: Listener) {
        self.descriptor = descriptor
        self.watch = watch
        self.listener = listener
        request = .allocate(capacity: 1)

        var limit = timeval(tv_sec: 0, tv_usec: Channel.sendTimeout)
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        // No listening socket: libfcgi must not accept by itself when this connection fails.
        FCGX_InitRequest(request, -1, 0)
        request.pointee.ipcFd = descriptor
        // FCGX_Accept_r begins by finishing what was before, and would close the connection with it.
        request.pointee.keepConnection = 1
        // Close at once; libfcgi would wait up to 2 s for the peer to close first.
        request.pointee.detached = 1
    }

    deinit {
        close()
        request.deallocate()
    }

    /// The next request, once it has come whole; `nil` at the end of the connection, which is then closed.
    public func next() async -> Exchange? {
        guard await hasRequest(), FCGX_Accept_r(request) == 0 else {
            close()
            return nil
        }
        isFresh = false
        return Exchange(request, of: self)
    }

    private func hasRequest() async -> Bool {
        var limit = isFresh ? ContinuousClock.now + Channel.patience : nil
        while let watch {
            // What has come whole before the stop is answered.
            if !listener.isStopped {
                let hasCome = await watch.wait(for: .readable, until: limit)
                if !hasCome && !listener.isStopped { return false }
            }
            switch inspect() {
            case .complete: return true
            case .refused: return false
            case .incomplete: limit = limit ?? .now + Channel.patience
            case nil: break
            }
            if listener.isStopped { return false }
        }
        return false
    }

    /// Ends the request in hand. libfcgi closes a connection that failed, and one that is not to be kept.
    func finishRequest() {
        FCGX_Finish_r(request)
        if request.pointee.ipcFd < 0 { close() }
    }

    /// At once and not when the last reference goes: by then, the descriptor's number may be another connection's.
    private func close() {
        guard watch != nil else { return }
        listener.forget(descriptor)
        // The last reference: a descriptor is no longer watched when it is closed.
        watch = nil
        if request.pointee.ipcFd >= 0 { Glibc.close(descriptor) }
    }

    /// Looks at what has come, and leaves it where it is; `nil` where nothing has.
    private func inspect() -> RequestFrame? {
        let buffer = listener.buffer
        let count = recv(descriptor, buffer.baseAddress, buffer.count, Int32(MSG_PEEK | MSG_DONTWAIT))
        if count < 0 { return errno == EAGAIN || errno == EINTR ? nil : .refused }
        if count == 0 { return .refused }
        let frame = RequestFrame.inspect(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
        return frame == .incomplete && count == buffer.count ? .refused : frame
    }
}
