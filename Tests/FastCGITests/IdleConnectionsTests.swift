import FastCGI
import TestSupport
import Testing

/// Peers that connect and say nothing, or not enough.
@Suite("Idle connections", .serialized)
struct IdleConnectionsTests {
    @Test("by the thousand hold up a good request for less than a second", arguments: [1, 8])
    func thousand(workers: Int) throws {
        let application = try Application(workers: workers)
        let idle = try (0..<1000).map { _ in try FastCGIClient(path: application.path) }
        let begin = ContinuousClock.now
        #expect(try application.ask().status == 200)
        #expect(ContinuousClock.now - begin < .seconds(1))
        withExtendedLifetime(idle) {}
    }

    @Test("that have sent half of a request delay no other either")
    func halves() throws {
        let application = try Application()
        let half = Array(FastCGIRecord.request().dropLast(8))
        let idle = try (0..<200).map { _ in
            let client = try FastCGIClient(path: application.path)
            client.send(half)
            return client
        }
        for _ in 0..<20 { #expect(try application.ask().status == 200) }
        // They are still served, if they go on.
        idle[199].send(FastCGIRecord.record(.standardInput))
        #expect(idle[199].reply().status == 200)
    }

    @Test("are closed after five seconds")
    func patience() throws {
        let application = try Application()
        let begin = ContinuousClock.now
        let (silent, half) = (try FastCGIClient(path: application.path), try FastCGIClient(path: application.path))
        half.send([1])
        #expect(silent.isClosed(within: .seconds(8)))
        #expect(half.isClosed(within: .seconds(2)))
        #expect(ContinuousClock.now - begin > .seconds(4))
    }
}
