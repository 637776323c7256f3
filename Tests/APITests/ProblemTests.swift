import Foundation
import Identity
import Testing

@testable import API
@testable import ContactStore

@Suite("A problem")
struct ProblemTests {
    private func problem(_ kind: StoreError.Kind) -> Problem {
        Problem(StoreError(kind, retries: [:], message: "s3cret message"))
    }

    @Test(
        "of the database that passes by itself, or that its operator mends, is a 503 with Retry-After",
        arguments: [
            (StoreError.Kind.contended, "the same customer"), (.unreachable, "can't be reached"),
            (.disconnected, "connection"), (.unsupported, "standby"), (.readOnly, "writes"),
            (.accessDenied, "let the service in"), (.missingDatabase, "not there"), (.missingPrivilege, "--grant-to"),
            (.outOfResources, "resources"), (.busy, "busy."), (.timedOut, "in time"), (.storageFailed, "storage"),
            (.notMigrated, "identityd migrate"), (.unusableSchema, "log"),
        ])
    func unavailable(_ kind: StoreError.Kind, _ word: String) {
        let problem = problem(kind)
        #expect(problem.status == 503)
        #expect(problem.detail.contains(word))
        #expect(problem.detail.hasSuffix("Send the request again."))
        #expect(problem.headers.contains { $0 == ("Retry-After", "1") })
        #expect(!problem.detail.contains("s3cret"))
    }

    @Test("that is a mistake, or unforeseen, is a 500")
    func mistake() {
        struct Unforeseen: Error {}
        for problem in [problem(.internalError), Problem(Unforeseen())] {
            #expect(problem.status == 500)
            #expect(problem.headers.isEmpty)
            #expect(problem.detail.contains("requestId"))
        }
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
            let response = problem.response(
                to: RequestContext(Request(method: "POST", path: "/", givenID: "id-1")))
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
}
