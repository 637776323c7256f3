import Foundation
import TestSupport
import Testing

/// Checks that an answer is an error of the one shape, and which fields it finds fault with.
func checkProblem(_ answer: HTTP.Answer, _ status: Int, fields: [String] = []) throws {
    #expect(answer.status == status, "\(answer)")
    #expect(answer.header("Content-Type") == "application/problem+json")
    let problem = try answer.object()
    #expect(problem["type"] as? String == "about:blank")
    #expect(problem["status"] as? Int == status)
    #expect((problem["title"] as? String)?.isEmpty == false)
    #expect((problem["detail"] as? String)?.contains(" ") == true)
    #expect(answer.headers["x-request-id"] == [try #require(problem["requestId"] as? String)])
    let errors = problem["errors"] as? [[String: String]] ?? []
    #expect(errors.compactMap { $0["field"] } == fields)
    #expect(errors.allSatisfy { $0["reason"]?.isEmpty == false })
}

extension HTTP.Answer {
    /// The JSON object that is the body.
    func object() throws -> [String: Any] {
        try #require(try JSONSerialization.jsonObject(with: Data(body.utf8)) as? [String: Any])
    }
}
