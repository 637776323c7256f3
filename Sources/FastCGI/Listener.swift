internal import CFastCGI
public import EventLoop
internal import Glibc

/// Accepts connections of the web server on a shared socket. For code on one event loop; every worker of every
/// instance has its own.
public final class Listener {
    /// Where there are as many, the oldest of those that wait for a request makes room for the next. With requests in
    /// hand on all of them, the next waits in the socket's backlog, for us or for the others that share it. 2,000 of them may be
    /// held by followers that wait (`ContactStore.maximumFollowers`).
    public static let maximumChannels = 3000

    /// How much of answers may wait for their peers at once, in bytes. One alone may be larger.
    public static let maximumUnsentSize = 64 << 20

    /// How long to leave the backlog alone when the system gives no more descriptors, or does not watch one.
    private static let exhaustedPause = Duration.milliseconds(10)

    private let socket: ListeningSocket
    private let loop: EventLoop
    private let arrivals: Watch
    /// Of the open channels, the oldest first.
    private var watches: [Watch] = []
    /// Goes on when a channel was closed.
    private var whoWaitsForClosing: CheckedContinuation<Void, Never>?
    private(set) var isStopped = false
    /// Of the answers that are being sent, those that libfcgi sends aside.
    var unsentSize = 0
    /// Where channels look at what has come.
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: Channel.maximumRequestSize, alignment: 8)

    public init(_ socket: ListeningSocket, on loop: EventLoop) throws {
        self.socket = socket
        self.loop = loop
        arrivals = try loop.watch(socket.descriptor, .level)
    }

    deinit {
        buffer.deallocate()
    }

    /// The next connection; `nil` once it is stopped.
    public func next() async -> Channel? {
        while !isStopped {
            if watches.count > Listener.maximumChannels {
                await closing()
                continue
            }
            switch socket.accept() {
            case .connection(let descriptor):
                if let channel = open(descriptor) { return channel }
            case .nothing:
                if await arrivals.wait(for: .readable) || isStopped { continue }
            case .exhausted: break
            }
            await loop.pause(for: Listener.exhaustedPause)
        }
        return nil
    }

    /// No more connections are taken, and those that are open end as soon as every request that came whole is answered.
    /// What waits in the backlog is left to the others that share the socket.
    public func stop() {
        isStopped = true
        arrivals.cancel(.readable)
        for watch in watches { watch.cancel(.readable) }
    }

    private func closing() async {
        await withCheckedContinuation { whoWaitsForClosing = $0 }
    }

    private func open(_ descriptor: Int32) -> Channel? {
        guard let watch = try? loop.watch(descriptor, .edge) else {
            close(descriptor)
            return nil
        }
        if watches.count >= Listener.maximumChannels { _ = watches.first { $0.cancel(.readable) } }
        watches.append(watch)
        return Channel(descriptor, watch, of: self)
    }

    func hasRoom(for size: Int) -> Bool {
        unsentSize == 0 || unsentSize + size <= Listener.maximumUnsentSize
    }

    /// Before a channel closes its descriptor.
    func forget(_ descriptor: Int32) {
        watches.removeAll { $0.descriptor == descriptor }
        whoWaitsForClosing?.resume()
        whoWaitsForClosing = nil
    }
}

/// Makes libfcgi ready. Once, before the first worker, and after signals were blocked: it installs
/// handlers of its own, for SIGPIPE and SIGUSR1 among others.
public func initializeFastCGI() {
    FCGX_Init()
}
