import Glibc
import PostgreSQL
import TestSupport
import Testing

@Suite("A connection string with several hosts")
struct SeveralHostsTests {
    /// A port whose backlog is full: what comes more is not answered, as by a host that is cut off.
    private final class SwallowingPort {
        let port: UInt16
        private let descriptors: [Int32]

        init() throws {
            let listening = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
            var size = socklen_t(MemoryLayout<sockaddr_in>.size)
            func call(_ function: (UnsafeMutablePointer<sockaddr>) -> Int32) -> Int32 {
                withUnsafeMutableBytes(of: &address) {
                    function($0.baseAddress!.assumingMemoryBound(to: sockaddr.self))
                }
            }
            try #require(call { bind(listening, $0, size) } == 0 && listen(listening, 0) == 0)
            try #require(call { getsockname(listening, $0, &size) } == 0)
            port = UInt16(bigEndian: address.sin_port)
            descriptors =
                [listening]
                + (0..<4).map { _ in
                    let client = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue), 0)
                    _ = call { connect(client, $0, size) }
                    return client
                }
        }

        deinit {
            for descriptor in descriptors { close(descriptor) }
        }
    }

    private func open(_ hosts: [String], _ ports: [String]) throws -> Connection {
        let url = "host=\(hosts.joined(separator: ",")) port=\(ports.joined(separator: ",")) dbname=postgres"
        return try Connection(
            ConnectionConfiguration(database: url, applicationName: "test"), before: .after(.milliseconds(900)))
    }

    private let home = (host: String(cString: getenv("PGHOST")), port: String(cString: getenv("PGPORT")))

    @Test("goes on to the next where hosts are cut off", arguments: [1, 2])
    func cutOff(count: Int) throws {
        let cutOff = try SwallowingPort()
        let connection = try open(
            Array(repeating: "127.0.0.1", count: count) + [home.host],
            Array(repeating: "\(cutOff.port)", count: count) + [home.port])
        #expect(connection.isAlive)
        withExtendedLifetime(cutOff) {}
    }

    @Test("says that there is no server where all are cut off")
    func allCutOff() throws {
        let cutOff = try SwallowingPort()
        let error = failure { _ = try open(["127.0.0.1", "127.0.0.1"], ["\(cutOff.port)", "\(cutOff.port)"]) }
        #expect(error?.isConnectionLost == true)
        withExtendedLifetime(cutOff) {}
    }
}
