import TestSupport
import Testing

@testable import PostgreSQL

@Suite("A deadline")
struct DeadlineTests {
    @Test("passes, and the earlier one comes first")
    func order() {
        #expect(Deadline.after(.seconds(1)) < .after(.seconds(2)))
        #expect(!Deadline.after(.seconds(1)).hasPassed)
        #expect(Deadline.after(.zero).hasPassed)
        #expect(Deadline.after(.seconds(-1)).remaining < .zero)
    }

    @Test(
        "is waited for in whole milliseconds, rounded up and never negative",
        arguments: [
            (Duration.zero, Int32(0)), (.milliseconds(-5), 0), (.seconds(-5), 0), (.nanoseconds(1), 1),
            (.milliseconds(1), 1), (.microseconds(1_001), 2), (.seconds(90), 90_000), (.seconds(10_000_000), .max),
        ])
    func pollMilliseconds(_ duration: Duration, _ expected: Int32) {
        #expect(duration.pollMilliseconds == expected)
    }

    @Test("that passes while a statement runs is a timeout, in time")
    func statement() throws {
        let connection = try Connection.open()
        let begin = ContinuousClock.now
        let error = failure { try connection.run(script: "SELECT pg_sleep(5)", before: .after(.milliseconds(100))) }
        let took = ContinuousClock.now - begin
        #expect(error?.kind == .timedOut)
        #expect(took >= .milliseconds(100))
        #expect(took < .seconds(2))
    }

    @Test("that has passed already is a timeout at once")
    func passed() throws {
        let connection = try Connection.open()
        let sleep = Statement("", "SELECT pg_sleep(5)")
        try connection.prepare([sleep], before: .soon)
        #expect(failure { _ = try connection.run(sleep, before: .after(.zero)) }?.kind == .timedOut)
    }

    /// The answer comes later, and would be taken for the answer to the next statement.
    @Test(
        "that passed leaves a connection that is given up, whether the late answer came or not",
        arguments: [false, true])
    func givenUp(answerCame: Bool) throws {
        let connection = try Connection.open()
        let late = Statement("late", "SELECT 'late', pg_sleep(0.2)")
        try connection.prepare([late], before: .soon)
        #expect(failure { _ = try connection.run(late, before: .after(.milliseconds(50))) }?.kind == .timedOut)
        if answerCame {
            try Connection.open().script("SELECT pg_sleep(0.5)")
        }
        #expect(!connection.isAlive)
    }

    @Test("that passes while a script runs leaves a connection that is given up")
    func scriptGivenUp() throws {
        let connection = try Connection.open()
        let error = failure { try connection.run(script: "SELECT pg_sleep(0.2)", before: .after(.milliseconds(50))) }
        #expect(error?.kind == .timedOut)
        #expect(!connection.isAlive)
    }

    @Test("holds for connecting to a server that says nothing")
    func connecting() throws {
        let server = try SilentServer()
        let begin = ContinuousClock.now
        let error = failure {
            _ = try Connection(
                ConnectionConfiguration(database: server.database, applicationName: "test"),
                before: .after(.milliseconds(100)))
        }
        #expect(error?.kind == .timedOut)
        #expect(ContinuousClock.now - begin < .seconds(2))
    }
}
