import Foundation
import TestSupport
import Testing

@Suite("On the socket, past nginx", .serialized, .server(["CONNECTIONS": "4"]))
struct RawFastCGITests {
    let server: RunningServer

    private let body = #"{"email":"alive@x.org"}"#

    init() throws {
        server = try .current
        // From then on it is read alone, and no disk is in the measure.
        #expect(try HTTP.post(body, port: server.port).status == 200)
    }

    /// A good request is answered at once, by the process that was there before.
    private func expectAlive(_ instances: [pid_t]) throws {
        let start = ContinuousClock.now
        #expect(try HTTP.post(body, port: server.port).status == 200)
        #expect(.now - start < .seconds(1))
        #expect(try server.instances() == instances)
    }

    @Test("random bytes, and good requests spoilt at random, harm no other request", arguments: 0..<4 as Range<UInt64>)
    func garbage(seed: UInt64) throws {
        let instances = try server.instances()
        var random = SeededGenerator(seed: seed)
        for _ in 0..<100 {
            let connection = try FastCGIClient(path: server.socketPath)
            connection.send(
                (0..<Int.random(in: 1...300, using: &random)).map { _ in .random(in: 0...255, using: &random) })
        }
        try expectAlive(instances)
        #expect(try server.identityd("verify").status == 0)
    }

    @Test("a thousand idle connections delay no request")
    func idleConnections() throws {
        let instances = try server.instances()
        let idle = try (0..<1000).map { _ in try FastCGIClient(path: server.socketPath) }
        for _ in 0..<20 { try expectAlive(instances) }
        withExtendedLifetime(idle) {}
    }
}
