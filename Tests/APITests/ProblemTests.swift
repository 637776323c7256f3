import FastCGI
import Foundation
import Identity
import PostgreSQL
import TestSupport
import Testing

@testable import API

@Suite("A problem")
struct ProblemTests {
    private func refused(_ sqlState: String) -> Problem {
        Problem(DatabaseError(.refused(sqlState: sqlState), "s3cret message"))
    }

    @Test(
        "of the database that passes by itself is a 503 with Retry-After",
        arguments: [
            ("08000", "connection"), ("08006", "connection"), ("0A000", "standby"), ("25006", "writes"),
            ("28000", "let the service in"), ("28P01", "let the service in"), ("3D000", "not there"),
            ("42501", "--grant-to"), ("55000", "busy"), ("55006", "busy"), ("40001", "busy"), ("40P01", "busy"),
            ("53100", "resources"), ("53200", "resources"), ("53300", "resources"), ("55P03", "busy"),
            ("57014", "in time"), ("57P01", "in time"), ("57P03", "in time"), ("58000", "storage"),
            ("58030", "storage"),
        ])
    func unavailable(_ sqlState: String, _ word: String) {
        let problem = refused(sqlState)
        #expect(problem.status == 503)
        #expect(problem.detail.contains(word))
        #expect(problem.detail.hasSuffix("Send the request again."))
        #expect(problem.headers.contains { $0 == ("Retry-After", "1") })
    }

    @Test(
        "of the database that is our mistake is a 500",
        arguments: [
            "22P02", "22021", "23505", "23514", "25001", "25P02", "26000", "42601", "42P01", "54000", "54001", "XX000",
            "XX001",
        ])
    func mistake(_ sqlState: String) {
        let problem = refused(sqlState)
        #expect(problem.status == 500)
        #expect(problem.headers.isEmpty)
        #expect(problem.detail.contains("requestId"))
    }

    @Test("of a database that does not answer is a 503", arguments: [DatabaseError.Kind.disconnected, .timedOut])
    func noAnswer(_ kind: DatabaseError.Kind) {
        let problem = Problem(DatabaseError(kind, "s3cret"))
        #expect(problem.status == 503)
        #expect(problem.detail.contains("can't be reached"))
    }

    @Test("of contention or another schema is a 503, of the unforeseen a 500")
    func others() async throws {
        struct Unforeseen: Error {}
        let worker = try LoopActor()
        var budget = RetryBudget(deadline: .after(.zero), on: worker.loop)
        let exhausted = await #expect(throws: RetriesExhausted.self) { try await budget.startOver(because: .conflict) }
        #expect(Problem(try #require(exhausted)).detail.contains("the same customer"))
        let locked = await #expect(throws: RetriesExhausted.self) { try await budget.startOver(because: .lock) }
        #expect(Problem(try #require(locked)).detail.contains("busy."))
        let outOfLocks = await #expect(throws: RetriesExhausted.self) {
            try await budget.startOver(because: .predicateLocks)
        }
        #expect(Problem(try #require(outOfLocks)).detail.contains("resources"))
        #expect(Problem(SchemaError.older(database: 1, program: 2)).status == 503)
        #expect(Problem(Unforeseen()).status == 500)
        #expect(Problem(Problem.notFound).status == 404)
    }

    @Test("is told in one shape, with what to send instead")
    func response() throws {
        let invalid = FieldError(InvalidIdentifier(field: .email, reason: "is \"odd\""))
        let problems: [(Problem, Int, String)] = [
            (.badRequest([invalid], "Send more."), 400, "Bad Request"), (.notFound, 404, "Not Found"),
            (.methodNotAllowed(["GET", "HEAD"]), 405, "Method Not Allowed"),
            (.tooLarge(limit: 16384), 413, "Content Too Large"),
            (.unsupportedMediaType, 415, "Unsupported Media Type"), (.internalError, 500, "Internal Server Error"),
            (.unavailable("Away."), 503, "Service Unavailable"),
        ]
        for (problem, status, title) in problems {
            let response = problem.response(requestID: RequestID("id-1"))
            #expect(response.status == status)
            #expect(response.reason == title)
            #expect(response.headers.contains { $0 == ("Content-Type", "application/problem+json") })
            let json = try #require(try JSONSerialization.jsonObject(with: Data(response.body)) as? [String: Any])
            #expect(json["type"] as? String == "about:blank")
            #expect(json["title"] as? String == title)
            #expect(json["status"] as? Int == status)
            #expect(json["requestId"] as? String == "id-1")
            #expect((json["detail"] as? String)?.hasSuffix(".") == true)
            let errors = json["errors"] as? [[String: String]]
            #expect(errors == (status == 400 ? [["field": "email", "reason": "is \"odd\""]] : nil))
        }
    }

    @Test("names the methods that a path takes")
    func allow() {
        let problem = Problem.methodNotAllowed(["GET", "HEAD"])
        #expect(problem.headers.contains { $0 == ("Allow", "GET, HEAD") })
        #expect(problem.detail.contains("GET, HEAD"))
    }

    @Test("never holds what the database said")
    func noMessage() {
        for sqlState in ["40001", "22P02", "23505", "57014"] { #expect(!refused(sqlState).detail.contains("s3cret")) }
    }
}
