import Foundation
import PostgreSQL
import TestSupport
import Testing

@Suite("When there are 10 and 40 times as many requests at once as connections to PostgreSQL", .serialized)
struct FaultOverloadTests {
    /// Of two instances.
    private static let connections = 16
    /// What max_conns in nginx/local.conf lets through, in each of nginx's processes, one for each core.
    private static let queue = 256 * ProcessInfo.processInfo.activeProcessorCount
    /// What a request may take from when the service has read it: REQUEST_DEADLINE, and half of that because the load
    /// and the service share the machine's cores (0.2 s where they are idle, 0.6 s with ten times as much to do as cores).
    private static let longestService = Duration.seconds(3)
    /// What nginx gives a request that it passes on, the wait to be read included; then it would be the one to give up.
    private static let longestWait = Duration.seconds(5)

    let cluster: LentCluster
    let server: RunningServer

    init() throws {
        cluster = try LentCluster()
        server = try RunningServer([
            "INSTANCES": "2", "CONNECTIONS": "\(FaultOverloadTests.connections / 2)", "DATABASE_URL": cluster.url,
        ])
    }

    @Test("they wait their turn, or are refused, in bounded time and memory", arguments: [10, 40])
    func overload(times: Int) throws {
        let others = CustomerLoad(port: server.port, connections: 8, firstCustomer: 500_000)
        sleep(1)
        let before = try server.usage()
        let connections = times * FaultOverloadTests.connections
        let load = CustomerLoad(port: server.port, connections: connections)
        sleep(5)
        let during = try server.usage()
        let tally = load.finish()
        let over = ContinuousClock.now
        // Reading the OpenAPI document for the first time would be in the measure.
        #expect(try HTTP.post(#"{"email":"after@x.org"}"#, port: server.port, isChecked: false).status == 200)
        let first = ContinuousClock.now - over
        sleep(1)
        let after = try server.usage()
        let othersTally = others.finish()
        let recovery = othersTally.recovery(since: over)

        let fault = "\(connections) connections, \(FaultOverloadTests.connections) to PostgreSQL"
        try printFigures(
            fault, tally, of: server, recovery: recovery,
            "the first request then took \(first.milliseconds) ms, before: \(before), during: \(during), after: \(after)"
        )
        print("figures: \(fault), 8 others: \(othersTally.summary)")
        #expect(try server.slowestByItsLog() < FaultOverloadTests.longestService)
        #expect(tally.slowest < FaultOverloadTests.longestWait)
        #expect(tally.answered.count > 1000)
        #expect(connections < FaultOverloadTests.queue || tally.refused.count > 100)
        #expect(first < .seconds(1))
        #expect(recovery < .seconds(1))
        // A connection in, and one out; and some that are just closed.
        #expect(
            during.nginx.descriptors - before.nginx.descriptors
                < connections + min(connections, FaultOverloadTests.queue) + 50)
        #expect(
            during.service.descriptors < before.service.descriptors + min(connections, FaultOverloadTests.queue) + 50)
        #expect(during.service.resident < before.service.resident + 24 * 1024)
        #expect(during.nginx.resident < before.nginx.resident + 32 * 1024)
        // What nginx keeps.
        #expect(after.service.descriptors < before.service.descriptors + 40)
        #expect(after.nginx.descriptors < before.nginx.descriptors + 50)
        try tally.check(cluster.url)
        try othersTally.check(cluster.url)
    }

    @Test("and the table is locked for 7 seconds, each is refused in bounded time, and then they are served at once")
    func locked() throws {
        let locker = try Connection.test(cluster.url)
        let load = CustomerLoad(port: server.port, connections: 10 * FaultOverloadTests.connections)
        sleep(1)
        try locker.run(script: "BEGIN; LOCK contact", before: .soon)
        sleep(7)
        try locker.run(script: "ROLLBACK", before: .soon)
        let free = ContinuousClock.now
        sleep(2)
        let tally = load.finish()
        try printFigures(
            "160 connections, 16 to PostgreSQL, and the table locked for 7 s", tally, of: server,
            recovery: tally.recovery(since: free))
        #expect(tally.refused.count > 50)
        #expect(try server.slowestByItsLog() < FaultOverloadTests.longestService)
        #expect(tally.slowest < FaultOverloadTests.longestWait)
        #expect(tally.recovery(since: free) < .seconds(1))
        try tally.check(cluster.url)
    }
}
