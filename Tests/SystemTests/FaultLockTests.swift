import Foundation
import PostgreSQL
import TestSupport
import Testing

@Suite("While another session holds a lock on a customer for 5 seconds", .serialized)
struct FaultLockTests {
    let cluster: LentCluster
    let server: RunningServer

    init() throws {
        cluster = try LentCluster()
        server = try RunningServer(["CONNECTIONS": "8", "DATABASE_URL": cluster.url])
        #expect(try HTTP.post(#"{"email":"locked@x.org","phoneNumber":"5550000"}"#, port: server.port).status == 200)
    }

    private func lock() throws -> Connection {
        let locker = try Connection.test(cluster.url)
        try locker.run(
            script: "BEGIN; SELECT * FROM contact WHERE email = 'locked@x.org' FOR UPDATE",
            before: .soon)
        return locker
    }

    /// Requests that write to the locked customer, until `end`, each with a new e-mail.
    private func writers(_ count: Int, until end: ContinuousClock.Instant) throws -> CustomerLoad.Tally {
        let total = Total()
        try onThreads(count) { writer in
            var number = 0
            while ContinuousClock.now < end {
                number += 1
                let begin = ContinuousClock.now
                let answer = try HTTP.post(
                    #"{"email":"w\#(writer)n\#(number)@x.org","phoneNumber":"5550000"}"#, port: server.port)
                total.add(answer, .now - begin)
            }
        }
        return total.tally
    }

    private func measure(_ fault: String, writers count: Int) throws -> (
        others: CustomerLoad.Tally, hindered: CustomerLoad.Tally
    ) {
        let others = CustomerLoad(port: server.port, connections: 8)
        usleep(300_000)
        let locker = try lock()
        let locked = ContinuousClock.now
        let hindered = try writers(count, until: locked + .seconds(4.5))
        try locker.run(script: "ROLLBACK", before: .soon)
        let during = others.soFar.answered.count
        #expect(try HTTP.post(#"{"email":"after@x.org","phoneNumber":"5550000"}"#, port: server.port).status == 200)
        usleep(300_000)
        let tally = others.finish()
        try printFigures(fault, tally, of: server, "\(during) answered while locked")
        print("figures: \(fault), requests on the locked one: \(hindered.summary)")
        #expect(hindered.bad == [])
        try tally.check(cluster.url)
        return (tally, hindered)
    }

    @Test("its requests are refused at their deadline, and those of others are served")
    func few() throws {
        let (others, hindered) = try measure("a contact locked for 5 s, 3 writers", writers: 3)
        #expect(hindered.slowest < .seconds(2.5))
        #expect(others.refused == [])
        #expect(others.slowest < .seconds(1))
        #expect(others.answered.count > 500)
    }

    @Test("and more requests for it come than there are sessions, the same holds")
    func many() throws {
        let (others, hindered) = try measure("a contact locked for 5 s, 16 writers for 8 sessions", writers: 16)
        #expect(hindered.slowest < .seconds(2.5))
        #expect(others.refused == [])
        #expect(others.slowest < .seconds(1))
        #expect(others.answered.count > 500)
    }
}
