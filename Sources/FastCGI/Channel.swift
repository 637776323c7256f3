internal import CFastCGI
internal import EventLoop
internal import Glibc

/// A connection of the web server, on which one request comes after the other.
public final class Channel {
    /// A request with all its records, in bytes; nginx sends 16 KiB of body and little else. It must
    /// fit into the socket's buffer, where it stays until it is whole.
    public static let maximumRequestSize = 64 * 1024

    /// How long a request may take to come, from its first byte; on a fresh connection, from the start.
    private static let requestTimeout = Duration.seconds(5)

    /// The longest answer that libfcgi sends, in bytes with its head. Every socket's buffer takes as much while it is empty:
    /// TCP's has 16 KiB by default (tcp(7), tcp_wmem), a Unix socket's 208.
    private static let maximumBufferedSize = 8 * 1024

    /// How long a peer may need to take the whole of a longer one. nginx needs far less: it writes what its client is slow
    /// to take to a file. Shorter than the default of SHUTDOWN_DEADLINE, so that no peer spoils a stop.
    private static let sendTimeout = Duration.seconds(5)

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
        var limit = isFresh ? Moment.now + Channel.requestTimeout : nil
        while let watch {
            // What has come whole before the stop is answered.
            if !listener.isStopped {
                let hasCome = await watch.wait(for: .readable, until: limit)
                if !hasCome && !listener.isStopped { return false }
            }
            switch inspect() {
            case .complete: return true
            case .refused: return false
            case .incomplete: limit = limit ?? .now + Channel.requestTimeout
            case nil: break
            }
            if listener.isStopped { return false }
        }
        return false
    }

    /// Whether the peer has closed the connection, while a request is in hand.
    var isClosedByPeer: Bool {
        guard let watch, watch.hasFired else { return false }
        var byte: UInt8 = 0
        let count = recv(descriptor, &byte, 1, Int32(MSG_PEEK | MSG_DONTWAIT))
        return count == 0 || count < 0 && errno == ECONNRESET
    }

    /// Whether libfcgi can write an answer of `size` bytes at once: the peer has taken all that was sent before.
    func takesAtOnce(_ size: Int) -> Bool {
        var unsent: Int32 = 0
        return size <= Channel.maximumBufferedSize && ioctl(descriptor, UInt(TIOCOUTQ), &unsent) == 0 && unsent == 0
    }

    /// Whether there is memory for one more answer of `size` bytes that waits for its peer.
    func hasRoom(for size: Int) -> Bool {
        size <= Channel.maximumBufferedSize || listener.hasRoom(for: size)
    }

    /// Sends an answer of `size` bytes as the peer makes room for it, while others are served.
    /// - Returns: Whether the peer took all of it in time.
    func send(_ records: AnswerRecords, size: Int) async -> Bool {
        listener.unsentSize += size
        defer { listener.unsentSize -= size }
        let deadline = Moment.now + Channel.sendTimeout
        for record in records {
            var rest = record[...]
            while !rest.isEmpty {
                let count = rest.withUnsafeBytes {
                    Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
                }
                if count > 0 {
                    rest = rest.dropFirst(count)
                } else {
                    guard errno == EAGAIN, .now < deadline, let watch,
                        await watch.wait(for: .writable, until: deadline)
                    else { return false }
                }
            }
        }
        return true
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
