import Foundation
import PostgreSQL
import Synchronization
import TestSupport
import Testing

/// PostgreSQL's side of each session is stopped (SIGSTOP): the connections stand, and nothing comes.
@Suite("While the database hangs", .serialized)
struct HangingDatabaseTests {
    private let server: RunningServer

    init() throws {
        server = try RunningServer(["CONNECTIONS": "4", "REQUEST_DEADLINE": "1000"])
        #expect(try HTTP.post(#"{"email":"known@x.org"}"#, port: server.port).status == 200)
        #expect(try eventually { try backends().count == 4 })
    }

    private func backends() throws -> [pid_t] {
        let connection = try Connection.test(server.databaseURL)
        let rows = try connection.run(
            script: "SELECT pid FROM pg_stat_activity WHERE application_name = 'identityd' ORDER BY pid",
            before: .soon)
        return (0..<rows.count).map { pid_t(rows.integer($0, 0)!) }
    }

    private func lookUp() throws -> HTTP.Answer {
        try HTTP.post(#"{"email":"known@x.org"}"#, to: "/lookup", port: server.port)
    }

    @Test("each request is answered by its own deadline, also behind others, by the service's own log")
    func ownDeadline() throws {
        let stopped = try backends()
        for pid in stopped { kill(pid, SIGSTOP) }
        defer { for pid in stopped { kill(pid, SIGCONT) } }
        let refused = Atomic(0)
        try onThreads(20) { _ in
            // Late ones may be answered, on a connection that took the place of one that hangs.
            let answer = try lookUp()
            #expect(answer.status == 200 || answer.status == 503 && answer.header("Retry-After") == "1")
            if answer.status == 503 { refused.add(1, ordering: .relaxed) }
        }
        #expect(refused.load(ordering: .relaxed) >= 10)
        func times() throws -> [Double] {
            try server.log("identityd.log").split(separator: "\n").filter { $0.contains(#""route":"/lookup""#) }
                .compactMap { $0.firstMatch(of: /"milliseconds":([0-9.]+)/).flatMap { Double($0.1) } }
        }
        #expect(try eventually { try times().count == 20 })
        #expect(try times().allSatisfy { $0 < 1_200 }, "the promise: deadline + 0.2 s")
    }

    /// A machine that stands still for half a second spoils a try.
    @Test("an answer that comes a little too late leaves the connection in use")
    func lateAnswer() throws {
        let areKept = try (0..<3).contains { _ in
            let before = try backends()
            for pid in before { kill(pid, SIGSTOP) }
            let late = try lookUp()
            for pid in before { kill(pid, SIGCONT) }
            #expect(late.status == 503)
            #expect(try lookUp().status == 200)
            return try backends() == before
        }
        #expect(areKept)
    }
}
