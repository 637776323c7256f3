import Foundation
import TestSupport
import Testing

@Suite("With a synchronous standby that hangs", .serialized)
struct FaultStandbyTests {
    let cluster: LentCluster
    let server: RunningServer

    init() throws {
        cluster = try LentCluster()
        try cluster.addSynchronousStandby()
        let host = "\(cluster.directory)/run"
        let url = "host=\(host),\(host) port=5432,5433 user=postgres dbname=postgres target_session_attrs=read-write"
        server = try RunningServer(["CONNECTIONS": "8", "DATABASE_URL": url])
    }

    private func ask(_ customer: Int) throws -> HTTP.Answer {
        let body = #"{"email":"customer\#(customer)@x.org","phoneNumber":"\#(8_000_000 + customer)"}"#
        return try HTTP.post(body, port: server.port)
    }

    /// Asks for one new customer, and for a known one, for 5 seconds: twice the deadline and more.
    private func checkWhileHung() throws {
        var (refused, served) = (true, true)
        let end = ContinuousClock.now + .seconds(5)
        while ContinuousClock.now < end {
            refused = try ask(2).isRefusal && refused
            served = try ask(1).status == 200 && served
        }
        #expect(refused && served)
    }

    @Test("no request is answered with what only the primary has, and the standby that takes over has it all")
    func promoted() throws {
        defer { try? cluster.control("stop", mode: "immediate", data: "standby") }
        #expect(try ask(1).status == 200)
        let load = CustomerLoad(port: server.port, connections: 7)
        sleep(1)
        try cluster.signalReceiver("STOP")
        try checkWhileHung()
        let waiting = try cluster.sessionsWaiting()
        try cluster.control("stop", mode: "immediate")
        // What it was sent and has not read is lost.
        try cluster.signalReceiver("KILL")
        try cluster.control("stop", mode: "immediate", data: "standby")
        try cluster.control("start", data: "standby")
        try cluster.promoteStandby()
        let promoted = ContinuousClock.now
        sleep(2)
        let tally = load.finish()
        try printFigures(
            "standby hangs for 5 s, and is promoted", tally, of: server, recovery: tally.recovery(since: promoted),
            "\(waiting) sessions waited")
        #expect(tally.recovery(since: promoted) < .seconds(1))
        #expect(tally.slowest < .seconds(3))
        try tally.check(cluster.standbyURL)
    }

    @Test("and goes on after 5 seconds, requests are served again by itself")
    func goesOn() throws {
        defer { try? cluster.control("stop", mode: "immediate", data: "standby") }
        #expect(try ask(1).status == 200)
        let load = CustomerLoad(port: server.port, connections: 7)
        sleep(1)
        try cluster.signalReceiver("STOP")
        try checkWhileHung()
        let waiting = try cluster.sessionsWaiting()
        try cluster.signalReceiver("CONT")
        let over = ContinuousClock.now
        usleep(1_500_000)
        let tally = load.finish()
        try printFigures(
            "standby hangs for 5 s, and goes on", tally, of: server, recovery: tally.recovery(since: over),
            "\(waiting) sessions waited")
        #expect(tally.recovery(since: over) < .seconds(1))
        #expect(tally.slowest < .seconds(3))
        #expect(try cluster.sessionsWaiting() == 0)
        try tally.check(cluster.url)
    }

    /// PostgreSQL keeps each session in its COMMIT, whose client has given up.
    @Test("until no connection is left, requests are refused, and served again by itself when it goes on")
    func usedUp() throws {
        defer { try? cluster.control("stop", mode: "immediate", data: "standby") }
        try cluster.configure("max_connections = 20")
        #expect(try eventually { try ask(1).status == 200 })
        try cluster.signalReceiver("STOP")
        let (new, known) = (Total(), Total())
        let end = ContinuousClock.now + .seconds(10)
        try onThreads(7) { thread in
            var number = 0
            while ContinuousClock.now < end {
                number += 1
                let begin = ContinuousClock.now
                let answer = try ask(thread == 0 ? 1 : thread * 100_000 + number)
                (thread == 0 ? known : new).add(answer, .now - begin)
                usleep(20_000)
            }
        }
        try cluster.signalReceiver("CONT")
        let over = ContinuousClock.now
        #expect(try eventually(within: 1) { try ask(2).status == 200 })
        let figures = "new customers: \(new.tally.summary), the known one: \(known.tally.summary)"
        print("figures: standby hangs, 20 connections: \(figures), back after \((.now - over).milliseconds) ms")
        #expect(new.tally.answered == [])
        for tally in [new.tally, known.tally] {
            #expect(tally.bad == [])
            #expect(tally.slowest < .seconds(3))
        }
        try CustomerLoad.Tally().check(cluster.url)
    }
}

extension LentCluster {
    /// For the standby, in COMMIT; also those whose client has left.
    fileprivate func sessionsWaiting() throws -> Int {
        let count = try psql("SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'SyncRep'")
        return try #require(Int(count.dropLast()))
    }
}
