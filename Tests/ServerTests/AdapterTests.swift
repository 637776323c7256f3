import FastCGI
import TestSupport
import Testing

@testable import API
@testable import Server

@Suite("A request over FastCGI")
struct AdapterTests {
    private func request(_ parameters: [(String, String)], body: [UInt8] = []) throws -> Request {
        try withExchange(parameters, body: body) { Request($0) }
    }

    @Test("is the request that the web server took")
    func all() throws {
        let request = try request(
            [
                ("REQUEST_METHOD", "POST"), ("SCRIPT_NAME", "/changes/"), ("QUERY_STRING", "limit=1"),
                ("CONTENT_TYPE", "application/json"), ("CONTENT_LENGTH", "2"), ("HTTP_AUTHORIZATION", "Bearer idk_x"),
                ("HTTP_X_REQUEST_ID", "order-7"), ("HTTP_HOST", "localhost"),
            ], body: Array("{}".utf8))
        #expect(request.method == "POST" && request.path == "/changes" && request.query == "limit=1")
        #expect(request.contentType == "application/json" && request.body == .whole(Array("{}".utf8)))
        #expect(request.authorization == "Bearer idk_x" && request.givenID == "order-7")
        #expect(request.page == nil)
    }

    @Test("has nothing where the web server sent nothing")
    func nothing() throws {
        let request = try request([])
        #expect(request.method == "POST" && request.path == "" && request.query == "" && request.body == .whole([]))
        #expect(request.contentType == nil && request.authorization == nil && request.givenID == nil)
    }

    @Test("is a browser's by either header")
    func page() throws {
        let host = ("HTTP_HOST", "localhost")
        let page = try request([
            host, ("HTTP_ORIGIN", "https://a.example"), ("HTTP_ACCESS_CONTROL_REQUEST_METHOD", "POST"),
        ]).page
        #expect(page?.origin == "https://a.example" && page?.host == "localhost" && page?.preflightMethod == "POST")
        #expect(try request([host, ("HTTP_SEC_FETCH_SITE", "cross-site")]).page?.fetchSite == "cross-site")
    }

    @Test("has a body up to the limit, or none")
    func limit() throws {
        let most = Array(repeating: UInt8(ascii: " "), count: Request.maximumBodySize)
        #expect(try request([], body: most).body == .whole(most))
        #expect(try request([], body: most + [0]).body == .tooLarge)
        #expect(try request([("CONTENT_LENGTH", "3")], body: [1, 2]).body == .truncated)
    }
}
