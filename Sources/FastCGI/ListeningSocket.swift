internal import CFastCGI
internal import Glibc

/// The socket on which nginx reaches us. Several processes may share one, by inheriting it.
///
/// libfcgi could open it, but its FCGX_OpenSocket ends the process on failure, takes over the path
/// of a running server, and leaves the descriptor open across exec.
public final class ListeningSocket: Sendable {
    /// Connections that wait while all workers are busy; the kernel caps it at net.core.somaxconn.
    private static let backlog: Int32 = 1024

    /// How long `accept` may wait in the worst case, in microseconds; the kernel rounds it up to its tick.
    private static let acceptTimeout = 1

    /// A web server's host that vanished without a word is noticed within seconds, as PostgreSQL's is (`ConnectionConfiguration`),
    /// and an answer does not wait for the peer's acknowledgement of what went before. Connections inherit it from the socket.
    private static let tcpOptions: [(level: Int32, name: Int32, value: Int32)] = [
        (SOL_SOCKET, SO_KEEPALIVE, 1),
        (tcp, TCP_KEEPIDLE, 5), (tcp, TCP_KEEPINTVL, 2), (tcp, TCP_KEEPCNT, 3), (tcp, TCP_USER_TIMEOUT, 5000),
        (tcp, TCP_NODELAY, 1),
    ]
    private static let tcp = Int32(IPPROTO_TCP)

    let descriptor: Int32
    /// The path that it was bound to; `nil` for TCP, and where that says nothing here.
    public let path: String?
    private let file: SocketFile?
    private let ownsFile: Bool
    /// Who may connect over TCP; `nil` for a Unix socket, which its permissions guard.
    private let peers: PeerList?

    /// Takes the socket that systemd, spawn-fcgi or another parent left on descriptor 0
    /// (FastCGI specification 1.0, 2.2).
    /// - Parameter peers: Needed where it is of TCP.
    public static func inherited(peers: PeerList? = nil) throws(SocketError) -> ListeningSocket {
        var isListening: Int32 = 0
        var size = socklen_t(MemoryLayout<Int32>.size)
        guard getsockopt(0, SOL_SOCKET, SO_ACCEPTCONN, &isListening, &size) == 0, isListening == 1 else {
            throw SocketError("descriptor 0 is no listening socket")
        }
        return try ListeningSocket(descriptor: 0, path: pathOfDescriptor0(), peers: peers)
    }

    /// - Parameter peers: Needed for TCP.
    public static func bound(to address: SocketAddress, peers: PeerList? = nil) throws(SocketError) -> ListeningSocket {
        switch address {
        case .unix(let path): try bound(toPath: path)
        case .tcp(let host, let port): try bound(toHost: host, port: port, peers: peers)
        }
    }

    private init(
        descriptor: Int32, path: String?, ownsFile: Bool = false, peers: PeerList? = nil
    ) throws(SocketError) {
        var limit = timeval(tv_sec: 0, tv_usec: ListeningSocket.acceptTimeout)
        guard setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size)) == 0 else {
            throw SocketError("the listening socket takes no time limit", errno)
        }
        self.descriptor = descriptor
        self.path = path
        file = path.flatMap(SocketFile.init(at:))
        self.ownsFile = ownsFile
        let isTCP = ListeningSocket.isTCP(descriptor)
        self.peers = isTCP ? peers : nil
        if isTCP { try prepareTCP() }
    }

    /// Over TCP, FastCGI knows no permissions and no keys: whoever reaches the port is the web server.
    private func prepareTCP() throws(SocketError) {
        guard peers != nil else {
            throw SocketError("a TCP socket needs FCGI_WEB_SERVER_ADDRS: the IPv4 addresses that nginx connects from")
        }
        for (level, name, var value) in ListeningSocket.tcpOptions {
            guard setsockopt(descriptor, level, name, &value, socklen_t(MemoryLayout<Int32>.size)) == 0 else {
                throw SocketError("the listening socket takes no keepalive", errno)
            }
        }
    }

    private static func isTCP(_ descriptor: Int32) -> Bool {
        var family: Int32 = 0
        var size = socklen_t(MemoryLayout<Int32>.size)
        return getsockopt(descriptor, SOL_SOCKET, SO_DOMAIN, &family, &size) == 0 && family != AF_UNIX
    }

    deinit {
        if ownsFile, let file, (try? file.check()) != nil { unlink(file.path) }
        close(descriptor)
    }

    /// Whether its path led to a socket when we got it. If not, nothing can be said about it later.
    public var isAtPath: Bool { file != nil }

    /// - Throws: Where its path no longer leads to it, so that no new connection arrives.
    public func checkPath() throws(SocketError) {
        try file?.check()
    }

    enum Arrival {
        case connection(Int32)
        case nothing
        /// The system gives no more descriptors, or no memory for one.
        case exhausted
    }

    /// A connection that waits, if there is one. It blocks nothing, libfcgi's calls included.
    ///
    /// Many wake for one connection, and those that come too late must not wait for the next. But whether accept
    /// waits belongs to the socket, which is not ours alone: systemd has it wait again whenever it starts another
    /// instance on descriptor 0 (seen with systemd 252). So we say so each time, and the time limit is for
    /// the moment in between.
    func accept() -> Arrival {
        _ = fcntl(descriptor, F_SETFL, O_NONBLOCK)
        var peer = sockaddr_storage()
        var size = socklen_t(MemoryLayout<sockaddr_storage>.size)
        let connection = withUnsafeMutableBytes(of: &peer) {
            Glibc.accept(descriptor, $0.baseAddress!.assumingMemoryBound(to: sockaddr.self), &size)
        }
        if connection >= 0 {
            if let peers, !peers.names(peer) {
                close(connection)
                return .nothing
            }
            _ = fcntl(connection, F_SETFL, O_NONBLOCK)
            return .connection(connection)
        }
        switch errno {
        case EMFILE, ENFILE, ENOBUFS, ENOMEM: return .exhausted
        default: return .nothing
        }
    }

    /// A relative path is of no use: who bound it may have stood in another folder.
    private static func pathOfDescriptor0() -> String? {
        var address = sockaddr_un()
        var size = socklen_t(MemoryLayout<sockaddr_un>.size)
        let result = withUnsafeMutableBytes(of: &address) {
            getsockname(0, $0.baseAddress!.assumingMemoryBound(to: sockaddr.self), &size)
        }
        guard result == 0, address.sun_family == sa_family_t(AF_UNIX) else { return nil }
        let path = withUnsafeBytes(of: address.sun_path) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
        return path.hasPrefix("/") ? path : nil
    }

    private static func bound(toPath path: String) throws(SocketError) -> ListeningSocket {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let room = MemoryLayout.size(ofValue: address.sun_path)
        guard path.utf8.count < room else {
            throw SocketError("the socket path is longer than \(room - 1) bytes: \(path)")
        }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        let size = socklen_t(MemoryLayout<sockaddr_un>.size)

        return try withUnsafePointer(to: &address) { pointer throws(SocketError) in
            try pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address throws(SocketError) in
                let probe = try open(AF_UNIX)
                defer { close(probe) }
                if connect(probe, address, size) == 0 {
                    throw SocketError("another process listens on \(path)")
                }
                if errno == ECONNREFUSED && isSocket(path) { unlink(path) }

                let descriptor = try open(AF_UNIX)
                // nginx reaches it by its group, and no one else can. It does not listen yet, so no request comes too early.
                let code = bind(descriptor, address, size) == 0 && chmod(path, 0o660) == 0 ? 0 : errno
                return try listening(descriptor, bound: code, on: path, path: path)
            }
        }
    }

    /// A plain file refuses connections, too, and is nothing that we may take away.
    private static func isSocket(_ path: String) -> Bool {
        var status = stat()
        return lstat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFSOCK
    }

    private static func bound(
        toHost host: String, port: UInt16, peers: PeerList?
    ) throws(SocketError) -> ListeningSocket {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV
        var found: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(host, String(port), &hints, &found) == 0, let found else {
            throw SocketError("there is no address of \(host)")
        }
        defer { freeaddrinfo(found) }

        let descriptor = try open(found.pointee.ai_family)
        var yes: Int32 = 1
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<Int32>.size))
        let code = bind(descriptor, found.pointee.ai_addr, found.pointee.ai_addrlen) == 0 ? 0 : errno
        return try listening(descriptor, bound: code, on: "\(host):\(port)", peers: peers)
    }

    private static func open(_ family: Int32) throws(SocketError) -> Int32 {
        let descriptor = socket(family, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw SocketError("no socket", errno) }
        return descriptor
    }

    /// - Parameter bound: 0, or the `errno` that says why it is not bound.
    private static func listening(
        _ descriptor: Int32, bound: Int32, on place: String, path: String? = nil, peers: PeerList? = nil
    ) throws(SocketError) -> ListeningSocket {
        let code = bound == 0 && listen(descriptor, backlog) != 0 ? errno : bound
        guard code == 0 else {
            close(descriptor)
            throw SocketError("can't listen on \(place)", code)
        }
        return try ListeningSocket(descriptor: descriptor, path: path, ownsFile: path != nil, peers: peers)
    }
}
