import Glibc
import TestSupport

/// A worker of the service, or an import: a store of its own, whose connections lead through gates.
final class GatedSession {
    private let folder: SocketFolder
    private let listener: Int32
    private let isolation: Isolation
    private(set) var connections: [GatedConnection] = []
    let caller: Caller

    init(
        for request: Request, _ database: TestDatabase, at isolation: Isolation, waking pipe: WakingPipe
    ) throws {
        self.isolation = isolation
        folder = try SocketFolder()
        listener = try UnixSocket.listen(at: folder.socketPath)
        caller = try Caller(of: request, database: "host=\(folder.path) dbname=\(database.name)", waking: pipe)
    }

    deinit {
        close(listener)
    }

    /// What there is to poll, each with what to do when it is readable.
    var sources: [(descriptor: Int32, read: () throws -> Void)] {
        [(listener, accept)]
            + connections.flatMap { [($0.client, $0.readClient), ($0.server, $0.readServer)] }
    }

    private func accept() throws {
        let client = try UnixSocket.accept(on: listener)
        connections.append(
            GatedConnection(client: client, server: try UnixSocket.connectToServer(), at: isolation))
    }

    func dropClosed() {
        connections.removeAll(where: \.isClosed)
    }

    /// Whether all connections that its requests use are open and set up.
    var isSetUp: Bool {
        connections.count >= caller.connections && connections.allSatisfy { $0.hasPrepared && $0.isAnswered }
    }

    /// The connection whose statement can be let through.
    var atGate: GatedConnection? { connections.first { $0.held != nil && $0.isAnswered } }

    /// The server process that works, or waits for a lock.
    var busy: Int64? { connections.first { !$0.isAnswered }?.process }

    var processes: [Int64] { connections.compactMap(\.process) }
}

/// Ends the poll of who drives the sessions.
final class WakingPipe: Sendable {
    let readEnd: Int32
    private let writeEnd: Int32

    init() {
        var ends: [Int32] = [0, 0]
        precondition(pipe(&ends) == 0)
        (readEnd, writeEnd) = (ends[0], ends[1])
    }

    deinit {
        close(readEnd)
        close(writeEnd)
    }

    func wake() {
        var byte: UInt8 = 0
        _ = write(writeEnd, &byte, 1)
    }

    func read() {
        var bytes = [UInt8](repeating: 0, count: 64)
        _ = Glibc.read(readEnd, &bytes, bytes.count)
    }
}

enum UnixSocket {
    struct Failure: Error {
        let call: String
        let code = errno
    }

    static func listen(at path: String) throws -> Int32 {
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        guard call(bind, descriptor, path) == 0, Glibc.listen(descriptor, 16) == 0 else { throw Failure(call: "bind") }
        return descriptor
    }

    static func accept(on listener: Int32) throws -> Int32 {
        let descriptor = Glibc.accept(listener, nil, nil)
        guard descriptor >= 0 else { throw Failure(call: "accept") }
        return descriptor
    }

    /// To the PostgreSQL that script/with-postgres lends.
    static func connectToServer() throws -> Int32 {
        guard let folder = getenv("PGHOST"), let port = getenv("PGPORT") else { throw Failure(call: "getenv") }
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        let path = "\(String(cString: folder))/.s.PGSQL.\(String(cString: port))"
        guard call(connect, descriptor, path) == 0 else { throw Failure(call: "connect") }
        return descriptor
    }

    private static func call(
        _ function: (Int32, UnsafePointer<sockaddr>, socklen_t) -> Int32, _ descriptor: Int32, _ path: String
    ) -> Int32 {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        return withUnsafeBytes(of: address) {
            function(descriptor, $0.baseAddress!.assumingMemoryBound(to: sockaddr.self), socklen_t($0.count))
        }
    }
}
