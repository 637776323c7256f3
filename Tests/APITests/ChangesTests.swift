import Testing

@testable import API

@Suite("A request for changes")
struct ChangesTests {
    @Test(
        "says how long it may wait, in whole seconds",
        arguments: ["", "-1", "31", "1.5", "030", "+1", "1e1", "soon", "99999999999999999999"])
    func wait(text: String) async throws {
        let router = try Router.unconnected()
        let request = Request(method: "GET", path: "/changes", query: "wait=\(text)")
        let (response, _) = await router.respond(to: request)
        #expect(response.status == 400)
        let body = String(decoding: response.body, as: UTF8.self)
        #expect(body.contains(#""detail":"wait must be a whole number from 0 to 30. Send GET /changes to begin"#))
        #expect(body.contains(#""errors":[{"field":"wait","reason":"must be a whole number from 0 to 30"}]"#))
    }
}
