import Foundation
import Synchronization
import TestSupport
import Testing

@Suite("Followers that wait for changes", .serialized, .server(["CONNECTIONS": "6"]))
struct FollowerTests {
    let server: RunningServer

    init() throws {
        server = try .current
    }

    private static let merges = Atomic(0)

    /// Makes one customer of two new ones.
    /// - Returns: When that was answered.
    @discardableResult
    private func merge() throws -> ContinuousClock.Instant {
        let number = 1000 + FollowerTests.merges.add(1, ordering: .relaxed).newValue
        func identify(_ half: Int, _ phone: Int) throws {
            let body = #"{"email":"m\#(number)-\#(half)@x.org","phoneNumber":"90\#(number)0\#(phone)"}"#
            #expect(try HTTP.post(body, port: server.port).status == 200)
        }
        for half in 1...2 { try identify(half, half) }
        try identify(1, 2)
        return .now
    }

    private struct Page {
        let status: Int
        let changes: Int
        let next: String

        init(_ answer: HTTP.Answer) throws {
            status = answer.status
            let page = try answer.object()
            changes = (page["changes"] as? [Any])?.count ?? 0
            next = page["next"] as? String ?? ""
        }
    }

    private func page(_ query: String) throws -> Page {
        try Page(HTTP.get("/changes?\(query)", port: server.port))
    }

    /// Once all that was changed is listed.
    private func end() throws -> String {
        let number = FollowerTests.merges.load(ordering: .relaxed)
        var page: Page?
        #expect(
            try eventually {
                page = try self.page("limit=1000")
                return page?.changes == number
            })
        return try #require(page).next
    }

    @Test("are answered at once if there is something, and where wait is 0")
    func atOnce() throws {
        try merge()
        let end = try end()
        let begin = ContinuousClock.now
        #expect(try page("wait=30").changes > 0)
        #expect(try page("after=\(end)&wait=0").next == end)
        #expect(.now - begin < .seconds(5))
    }

    @Test("get nothing and the same cursor where the seconds are over, longer than any other request may take")
    func nothing() throws {
        let end = try end()
        let begin = ContinuousClock.now
        let page = try page("after=\(end)&wait=6")
        let time = ContinuousClock.now - begin
        #expect(page.status == 200 && page.changes == 0 && page.next == end)
        #expect(time >= .seconds(6) && time < .seconds(8), "\(time)")
        // What it waited is not the service's time.
        let metrics = try HTTP.get("/metrics", port: server.port).body
        let sum = #/\nidentityd_request_duration_seconds_sum\{.*route="/changes".*\} ([0-9.]+)\n/#
        #expect(try #require(metrics.firstMatch(of: sum).flatMap { Double($0.1) }) < 5)
    }

    @Test("are told what wait may be", arguments: ["", "-1", "31", "1.5", "030", "soon"])
    func bad(wait: String) throws {
        let answer = try HTTP.get("/changes?wait=\(wait)", port: server.port)
        try checkProblem(answer, 400, fields: ["wait"])
        #expect(answer.body.contains("wait must be a whole number from 0 to 30"))
    }

    @Test("hear of a merge within a second")
    func hear() throws {
        let (followers, merges) = (5, 40)
        var delays: [Duration] = []
        for _ in 0..<merges {
            let cursor = try end()
            let heard = Mutex<[ContinuousClock.Instant]>([])
            let threads = (0..<followers).map { _ in
                Background {
                    let page = try page("after=\(cursor)&wait=30")
                    heard.withLock { $0.append(.now) }
                    #expect(page.changes == 1)
                }
            }
            usleep(.random(in: 100_000...300_000))
            let merged = try merge()
            for thread in threads { try thread.join() }
            delays += heard.withLock { $0 }.map { $0 - merged }
        }
        delays.sort()
        #expect(delays.count == 200)
        print("figures: a merge is heard of after \(delays[100].milliseconds) ms, at most \(delays[199].milliseconds)")
        #expect(delays[100] < .seconds(1))
    }

    @Test("by the thousand are in nobody's way, and are let go at SIGTERM at once, with nothing and the same cursor")
    func stop() throws {
        let body = #"{"email":"known@x.org","phoneNumber":"9000000"}"#
        #expect(try HTTP.post(body, port: server.port).status == 200)
        let end = try end()
        let held = try HeldFollowers(1000, of: server, at: end)
        for _ in 0..<50 {
            let begin = ContinuousClock.now
            #expect(try HTTP.post(body, port: server.port).status == 200)
            #expect(.now - begin < .seconds(1))
        }
        #expect(try server.followers() == 1000)

        let instance = try #require(try server.instances().first)
        let begin = ContinuousClock.now
        kill(instance, SIGTERM)
        let pages = try held.answers().map(Page.init)
        let time = ContinuousClock.now - begin
        print("figures: 1000 followers are let go \(time.milliseconds) ms after SIGTERM")
        #expect(time < .seconds(2))
        #expect(pages.allSatisfy { $0.status == 200 && $0.changes == 0 && $0.next == end })
        #expect(try server.logs(#""finished":"true""#))
        #expect(try eventually { try HTTP.get("/health/ready", port: server.port).status == 200 })
    }

    @Test("that go away are let go of")
    func gone() throws {
        do { _ = try HeldFollowers(20, of: server, at: end()) }
        #expect(try eventually(within: 5) { try server.followers() == 0 })
    }
}
