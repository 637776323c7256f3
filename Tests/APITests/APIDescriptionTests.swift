import Testing

@testable import TestSupport

/// What every system test relies on.
@Suite("An answer that is checked against the OpenAPI document")
struct APIDescriptionTests {
    private static let contact =
        #"{"primaryContactId":1,"primaryContatctId":1,"emails":["a@x"],"phoneNumbers":[],"secondaryContactIds":[2]}"#

    private static let problem =
        #"{"type":"about:blank","title":"Service Unavailable","status":503,"detail":"Send it again.","requestId":"a"}"#

    private func check(
        _ status: Int, _ body: String, to request: (String, String) = ("POST", "/identify"),
        removing header: String? = nil
    ) throws {
        let type = status == 200 ? "application/json" : "application/problem+json"
        var headers = [
            "content-type": [type], "x-request-id": ["order-7"], "cache-control": ["no-store"], "retry-after": ["1"],
        ]
        if let header { headers[header] = nil }
        let answer = HTTP.Answer(statusLine: "HTTP/1.1 \(status) -", headers: headers, body: body)
        try APIDescription.current.check(answer, to: request.0, request.1)
    }

    @Test("passes as it should be")
    func right() throws {
        try check(200, #"{"contact":\#(Self.contact)}"#)
        try check(200, #"{"contact":\#(Self.contact),"ignored":[{"field":"email","reason":"blocked"}]}"#)
        try check(200, "", to: ("HEAD", "/health/live"))
        try check(200, #"{"erasedContactIds":[1,2]}"#, to: ("POST", "/erase/?x"))
        try check(503, Self.problem)
    }

    @Test(
        "fails for a body that is not as described",
        arguments: [
            "", "[]", "{}", #"{"contact":{}}"#, #"{"contact":\#(contact),"more":1}"#,
            #"{"contact":\#(contact.replacing("1", with: "0"))}"#,
            #"{"contact":\#(contact.replacing("1", with: "true"))}"#,
            #"{"contact":\#(contact.replacing("a@x", with: "ax"))}"#,
            #"{"contact":\#(contact.replacing(#""a@x""#, with: #""a@x","a@x""#))}"#,
            #"{"contact":\#(contact.replacing("[2]", with: "null"))}"#,
            #"{"contact":\#(contact),"ignored":[]}"#,
            #"{"contact":\#(contact),"ignored":[{"field":"email","reason":"other"}]}"#,
        ])
    func wrongBody(body: String) {
        #expect(throws: APIDescription.NotAsDescribed.self) { try check(200, body) }
    }

    @Test("fails for a status, a header, a type or a path that is not as described")
    func wrongHead() {
        let body = #"{"contact":\#(Self.contact)}"#
        for header in ["content-type", "x-request-id"] {
            #expect(throws: APIDescription.NotAsDescribed.self, "\(header)") { try check(200, body, removing: header) }
        }
        #expect(throws: APIDescription.NotAsDescribed.self) { try check(503, Self.problem, removing: "retry-after") }
        #expect(throws: APIDescription.NotAsDescribed.self) { try check(404, Self.problem) }
        #expect(throws: APIDescription.NotAsDescribed.self) { try check(200, body, to: ("POST", "/elsewhere")) }
        #expect(throws: APIDescription.NotAsDescribed.self) { try check(200, body, to: ("GET", "/identify")) }
    }
}
