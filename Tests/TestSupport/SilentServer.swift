import Glibc

/// A socket where libpq looks for PostgreSQL, that never answers.
public final class SilentServer {
    public let folder: SocketFolder
    private let descriptor: Int32

    public var database: String { folder.database }

    public init() throws {
        folder = try SocketFolder()
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { [path = folder.socketPath] in $0.copyBytes(from: path.utf8) }
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        let result = withUnsafeBytes(of: address) {
            bind(descriptor, $0.baseAddress!.assumingMemoryBound(to: sockaddr.self), socklen_t($0.count))
        }
        precondition(result == 0 && listen(descriptor, 16) == 0)
        self.descriptor = descriptor
    }

    deinit {
        close(descriptor)
    }
}

/// A folder that stands for a server which can be reached or not: with a link to the real server's socket in it, or
/// without.
public final class SocketFolder {
    public let path: String
    private let port: String

    public var socketPath: String { "\(path)/.s.PGSQL.\(port)" }
    public var database: String { "host=\(path) dbname=postgres" }

    public init() throws {
        port = getenv("PGPORT").map { String(cString: $0) } ?? "5432"
        var template = Array("/tmp/identityd-XXXXXX".utf8CString)
        precondition(mkdtemp(&template) != nil)
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    deinit {
        unlink(socketPath)
        rmdir(path)
    }

    public func serverComes() {
        let real = getenv("PGHOST").map { String(cString: $0) } ?? "/var/run/postgresql"
        precondition(symlink("\(real)/.s.PGSQL.\(port)", socketPath) == 0)
    }

    public func serverGoes() {
        unlink(socketPath)
    }
}
