import PostgreSQL
import Testing

@testable import ContactStore

/// Without a database, and without a wait.
@Suite("What follows a failure")
struct RetryStateTests {
    private static let plenty = Duration.seconds(10)

    private func refused(_ sqlState: String) -> DatabaseError {
        DatabaseError(.refused(sqlState: sqlState), "")
    }

    private func retry(_ next: RetryState.Next) throws -> (cause: RetryCause, pause: Duration) {
        guard case .retry(let cause, let pause) = next else { throw try failure(next) }
        return (cause, pause)
    }

    private func failure(_ next: RetryState.Next) throws -> StoreError {
        guard case .fail(let error) = next else { throw Unexpected() }
        return error
    }

    private struct Unexpected: Error {}

    @Test(
        "is another try, counted by its cause, as long as a pause fits in before the deadline",
        arguments: [
            ("40001", RetryCause.conflict, StoreError.Kind.contended), ("40P01", .conflict, .contended),
            ("55P03", .lock, .busy), ("57014", .cancelled, .timedOut), ("53200", .predicateLocks, .outOfResources),
        ])
    func transient(sqlState: String, cause: RetryCause, kind: StoreError.Kind) throws {
        var state = RetryState()
        for _ in 0..<50 {
            let (retried, pause) = try retry(state.next(after: refused(sqlState), timeLeft: Self.plenty))
            #expect(retried == cause && pause < .milliseconds(100))
        }
        #expect(state.retries == [cause: 50])
        let error = try failure(state.next(after: refused(sqlState), timeLeft: .zero))
        #expect(error.kind == kind && error.retries == [cause: 51])
    }

    @Test("pauses longer and longer, up to 100 ms")
    func pauses() throws {
        var longest: [Duration] = Array(repeating: .zero, count: 12)
        for _ in 0..<200 {
            var state = RetryState()
            for index in longest.indices {
                let pause = try retry(state.next(after: RetryCause.conflict, timeLeft: Self.plenty)).pause
                longest[index] = max(longest[index], pause)
            }
        }
        #expect(longest[0] < .milliseconds(2) && longest[1] < .milliseconds(4))
        #expect(longest.max()! < .milliseconds(100) && longest.last! > .milliseconds(50))
    }

    @Test("is another try at once for the first stale plan, and after a pause for the next")
    func stale() throws {
        var state = RetryState()
        #expect(try retry(state.next(after: RetryCause.stale, timeLeft: Self.plenty)).pause == .zero)
        #expect(try retry(state.next(after: RetryCause.stale, timeLeft: Self.plenty)).pause > .zero)
        #expect(state.retries == [.stale: 2])
    }

    @Test(
        "is a new connection twice, and then the error",
        arguments: [
            (DatabaseError.Kind.disconnected, StoreError.Kind.unreachable),
            (.refused(sqlState: "57P01"), .timedOut), (.refused(sqlState: "08006"), .disconnected),
            (.refused(sqlState: "26000"), .notMigrated),
        ])
    func connection(kind: DatabaseError.Kind, told: StoreError.Kind) throws {
        var state = RetryState()
        let error = DatabaseError(kind, "gone")
        for _ in 0..<2 { #expect(try retry(state.next(after: error, timeLeft: Self.plenty)) == (.connection, .zero)) }
        let failure = try failure(state.next(after: error, timeLeft: Self.plenty))
        #expect(failure.kind == told && failure.retries == [.connection: 2] && failure.message == "gone")
    }

    @Test("is the error, where another try does not mend it", arguments: ["42601", "23505", "25P02"])
    func mistakes(sqlState: String) throws {
        var state = RetryState()
        let error = try failure(state.next(after: refused(sqlState), timeLeft: Self.plenty))
        #expect(error.kind == .internalError && error.sqlState == sqlState && error.retries.isEmpty)
    }

    @Test("is the error after a timeout: what was sent may still be carried out")
    func timeout() throws {
        var state = RetryState()
        #expect(
            try failure(state.next(after: DatabaseError.noAnswerInTime, timeLeft: Self.plenty)).kind == .unreachable)
    }

    @Test("tells, at the deadline, what was waited for")
    func deadline() throws {
        for (cause, kind) in [
            (RetryCause.conflict, StoreError.Kind.contended), (.lock, .busy), (.cancelled, .timedOut),
            (.predicateLocks, .outOfResources),
        ] {
            var state = RetryState()
            _ = state.next(after: cause, timeLeft: Self.plenty)
            let error = try failure(state.next(after: RetryState.DeadlineReached(), timeLeft: .zero))
            #expect(error.kind == kind && error.retries == [cause: 1])
        }
    }
}
