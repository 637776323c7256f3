import Glibc
import TestSupport
import Testing

@testable import FastCGI

@Suite("A listening socket")
struct ListeningSocketTests {
    private let path = TestSocket.newPath()

    private func bind(_ path: String) throws -> ListeningSocket {
        try .bound(to: .unix(path: path))
    }

    private func status(_ path: String) -> stat? {
        var status = stat()
        return lstat(path, &status) == 0 ? status : nil
    }

    @Test("does not take the path of one that lives")
    func livePath() throws {
        let first = try bind(path)
        let error = #expect(throws: SocketError.self) { try bind(path) }
        #expect(error?.description.contains(path) == true)
        // The first was not harmed.
        _ = try FastCGIClient(path: path)
        withExtendedLifetime(first) {}
    }

    @Test("takes an answer of a process that shares it, which does not contradict itself")
    func agreement() throws {
        let (socket, other) = (try bind(path), try bindTCP())
        #expect(try socket.agrees(onAnswering: true))
        #expect(try other.agrees(onAnswering: false))
    }

    @Test("takes over the path of one that died")
    func stalePath() throws {
        let dead = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        let result = withUnsafeBytes(of: address) {
            Glibc.bind(dead, $0.baseAddress!.assumingMemoryBound(to: sockaddr.self), socklen_t($0.count))
        }
        try #require(result == 0)
        close(dead)
        #expect(status(path) != nil)

        let second = try bind(path)
        _ = try FastCGIClient(path: path)
        withExtendedLifetime(second) {}
    }

    @Test("leaves a file alone that is no socket")
    func file() throws {
        let descriptor = creat(path, 0o600)
        try #require(descriptor >= 0)
        close(descriptor)
        defer { unlink(path) }
        #expect(throws: SocketError.self) { try bind(path) }
        #expect(status(path).map { $0.st_mode & S_IFMT } == S_IFREG)
    }

    @Test("can be reached by its owner and group alone")
    func mode() throws {
        let socket = try bind(path)
        #expect(status(path).map { $0.st_mode & 0o777 } == 0o660)
        withExtendedLifetime(socket) {}
    }

    @Test("leaves its path when it is let go of")
    func unlinks() throws {
        do {
            let socket = try bind(path)
            #expect(status(path) != nil)
            withExtendedLifetime(socket) {}
        }
        #expect(status(path) == nil)
    }

    @Test("finds that its path is gone")
    func pathGone() throws {
        let socket = try bind(path)
        try socket.checkPath()
        unlink(path)
        let error = #expect(throws: SocketError.self) { try socket.checkPath() }
        #expect(error?.description == "\(path) is gone")
    }

    @Test("finds that its path leads to another socket, and leaves it that path")
    func pathTaken() throws {
        let another: ListeningSocket
        do {
            let socket = try bind(path)
            unlink(path)
            another = try bind(path)
            let error = #expect(throws: SocketError.self) { try socket.checkPath() }
            #expect(error?.description == "\(path) leads to another socket")
        }
        try another.checkPath()
        _ = try FastCGIClient(path: path)
    }

    @Test("has a path of 107 bytes at most, and says so")
    func longPath() throws {
        let fits = "/tmp/" + String(repeating: "x", count: 107 - 5)
        _ = try bind(fits)
        let error = #expect(throws: SocketError.self) { try bind(fits + "x") }
        #expect(error?.description.contains("107") == true)
    }

    @Test("can't be where there is no folder")
    func noFolder() {
        let error = #expect(throws: SocketError.self) { try bind("/tmp/no such folder/x.sock") }
        #expect(error?.description.contains("No such file or directory") == true)
    }

    @Test("is not passed on to a program that this one starts")
    func closedOnExec() throws {
        #expect(fcntl(try bind(path).descriptor, F_GETFD) & FD_CLOEXEC != 0)
    }

    @Test("may be of TCP, once for each port")
    func tcp() throws {
        let socket = try bindTCP()
        let port = try socket.port()
        _ = try FastCGIClient(port: port)
        let error = #expect(throws: SocketError.self) { try bindTCP(port: port) }
        #expect(error?.description.contains("127.0.0.1:\(port)") == true)
    }

    @Test("can't be on a host that has no address")
    func noHost() {
        #expect(throws: SocketError.self) { try bindTCP("no.such.host.invalid") }
    }

    @Test("of TCP takes nobody in where nobody is named")
    func unnamed() {
        let error = #expect(throws: SocketError.self) {
            try ListeningSocket.bound(to: .tcp(host: "127.0.0.1", port: 0))
        }
        #expect(error?.description.contains("FCGI_WEB_SERVER_ADDRS") == true)
    }

    @Test("of TCP takes in whom it names, also where it takes IPv6", arguments: ["127.0.0.1", "::"])
    func named(host: String) throws {
        let socket = try bindTCP(host)
        let client = try FastCGIClient(port: try socket.port())
        guard case .connection(let descriptor) = socket.accept() else {
            Issue.record("not taken in")
            return
        }
        close(descriptor)
        withExtendedLifetime(client) {}
    }

    @Test("of TCP closes the connection of anyone else", arguments: ["127.0.0.1", "::"])
    func stranger(host: String) throws {
        let socket = try bindTCP(host, peers: "127.0.0.2,10.0.0.1")
        let client = try FastCGIClient(port: try socket.port())
        guard case .nothing = socket.accept() else {
            Issue.record("taken in")
            return
        }
        #expect(client.isClosed(within: .seconds(30)))
    }

    @Test("of TCP notices within seconds that a peer is gone, and sends at once")
    func keepalive() throws {
        let socket = try bindTCP()
        let client = try FastCGIClient(port: try socket.port())
        guard case .connection(let descriptor) = socket.accept() else {
            Issue.record("not taken in")
            return
        }
        defer { close(descriptor) }
        func option(_ level: Int32, _ name: Int32) -> Int32 {
            var (value, size) = (Int32(-1), socklen_t(MemoryLayout<Int32>.size))
            getsockopt(descriptor, level, name, &value, &size)
            return value
        }
        let tcp = Int32(IPPROTO_TCP)
        #expect(option(SOL_SOCKET, SO_KEEPALIVE) == 1)
        #expect(option(tcp, TCP_KEEPIDLE) + option(tcp, TCP_KEEPINTVL) * option(tcp, TCP_KEEPCNT) <= 11)
        #expect(option(tcp, TCP_USER_TIMEOUT) == 5000)
        #expect(option(tcp, TCP_NODELAY) == 1)
        withExtendedLifetime(client) {}
    }

    private func bindTCP(
        _ host: String = "127.0.0.1", port: UInt16 = 0, peers: String = "10.0.0.1,127.0.0.1"
    ) throws -> ListeningSocket {
        try ListeningSocket.bound(to: .tcp(host: host, port: port), peers: PeerList(peers))
    }

    /// Descriptor 0 of the test run is no socket; then it is one for a moment.
    @Test("is inherited on descriptor 0, if that is one")
    func inherited() throws {
        #expect(throws: SocketError.self) { try ListeningSocket.inherited() }
        let saved = dup(0)
        defer { close(saved) }

        // Connected to nothing, and not listening.
        let idle = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(idle) }
        dup2(idle, 0)
        #expect(throws: SocketError.self) { try ListeningSocket.inherited() }

        let original = try bind(path)
        dup2(original.descriptor, 0)
        let inherited = try ListeningSocket.inherited()
        // Kept for ever: its end would close descriptor 0, which is the saved one again by then.
        _ = Unmanaged.passRetained(inherited)
        #expect(inherited.descriptor == 0)
        dup2(saved, 0)
        withExtendedLifetime(original) {}
    }
}

extension ListeningSocket {
    /// The port that the kernel chose.
    func port() throws -> UInt16 {
        var address = sockaddr_in()
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let result = withUnsafeMutableBytes(of: &address) {
            getsockname(descriptor, $0.baseAddress!.assumingMemoryBound(to: sockaddr.self), &size)
        }
        try #require(result == 0)
        return UInt16(bigEndian: address.sin_port)
    }
}
