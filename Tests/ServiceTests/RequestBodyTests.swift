import Identity
import TestSupport
import Testing

@testable import Service

@Suite("A request's body")
struct RequestBodyTests {
    /// "e-mail, phone", or the problem that the caller hears of.
    private func observe(
        _ body: String, type: String? = "application/json", length: Int? = nil, rule: PhoneKeyRule = .digitsAsWritten
    ) throws -> (email: String?, phone: String?) {
        var parameters = type.map { [("CONTENT_TYPE", $0)] } ?? []
        if let length { parameters.append(("CONTENT_LENGTH", "\(length)")) }
        return try withExchange(parameters, body: Array(body.utf8)) { exchange in
            let observation = try Observation(try RequestBody(of: exchange, limit: 1000), rule: rule)
            return (observation.email?.text, observation.phone?.text)
        }
    }

    private func problem(_ body: String, type: String? = "application/json") -> Problem? {
        #expect(throws: Problem.self) { try observe(body, type: type) }
    }

    @Test(
        "says an e-mail, a phone, or both",
        arguments: [
            (#"{"email":"A@b.c","phoneNumber":"123456"}"#, "a@b.c", "123456"),
            (#"{"email":"a@b","phoneNumber":null}"#, "a@b", nil),
            (#"{"phoneNumber":"+1 (2) 3"}"#, nil, "+1 (2) 3"), (#"{"email":"  ","phoneNumber":123456}"#, nil, "123456"),
            (#"{"email":null,"phoneNumber":12345678901234567890,"x":[{}]}"#, nil, "12345678901234567890"),
            (#"{"\u0065mail":"\u0061@b"}"#, "a@b", nil),
        ] as [(String, String?, String?)])
    func observations(_ body: String, _ email: String?, _ phone: String?) throws {
        let observed = try observe(body)
        #expect(observed.email == email)
        #expect(observed.phone == phone)
    }

    @Test(
        "that says neither is a 400",
        arguments: [
            "{}", #"{"email":null,"phoneNumber":null}"#, #"{"email":"","phoneNumber":" "}"#, #"{"Email":"a@b"}"#,
        ])
    func neither(_ body: String) {
        #expect(problem(body)?.status == 400)
        #expect(problem(body)?.detail.hasPrefix("Neither email nor phoneNumber is given.") == true)
        #expect(problem(body)?.errors.isEmpty == true)
    }

    @Test(
        "of a wrong type is a 400 that names the field",
        arguments: [
            (#"{"email":1}"#, "email"), (#"{"email":true}"#, "email"), (#"{"email":["a@b"]}"#, "email"),
            (#"{"email":{}}"#, "email"), (#"{"phoneNumber":-123456}"#, "phoneNumber"),
            (#"{"phoneNumber":1e5}"#, "phoneNumber"),
            (#"{"phoneNumber":123456.0}"#, "phoneNumber"), (#"{"phoneNumber":false}"#, "phoneNumber"),
            (#"{"phoneNumber":["123456"]}"#, "phoneNumber"), (#"{"phoneNumber":123456789012345678901}"#, "phoneNumber"),
            (#"{"phoneNumber":12}"#, "phoneNumber"), (#"{"email":"a@b\u0000"}"#, "email"),
            (#"{"phoneNumber":"123\u0000456"}"#, "phoneNumber"),
        ])
    func wrongType(_ body: String, _ field: String) {
        #expect(problem(body)?.status == 400)
        #expect(problem(body)?.errors.map(\.field) == [field])
        #expect(problem(body)?.detail.hasPrefix(field) == true)
    }

    @Test("tells of all fields at fault at once, without their values")
    func allFields() {
        let problem = problem(#"{"email":"mcfly","phoneNumber":"mcfly"}"#)
        #expect(problem?.errors.map(\.field) == ["email", "phoneNumber"])
        #expect(problem?.detail.replacing(RequestBody.example, with: "").contains("mcfly") == false)
    }

    @Test(
        "that is no JSON object is a 400 with an example",
        arguments: ["", "[]", "{", "email=a@b", #"{"email":"a@b","email":"a@b"}"#])
    func noObject(_ body: String) {
        #expect(problem(body)?.status == 400)
        #expect(problem(body)?.detail.hasSuffix(RequestBody.example) == true)
    }

    @Test("over the limit is a 413, and one that ended early a 400")
    func size() {
        #expect(problem(String(repeating: " ", count: 1001))?.status == 413)
        let object = #"{"email":"a@b"}"#
        #expect(throws: Never.self) { try observe(object + String(repeating: " ", count: 1000 - object.utf8.count)) }
        let early = #expect(throws: Problem.self) { try observe(object, length: 16) }
        #expect(early?.status == 400)
        #expect(early?.detail.contains("Content-Length") == true)
    }

    @Test(
        "is JSON by its type",
        arguments: [
            nil, "", "application/json", "application/json; charset=utf-8", "APPLICATION/JSON;charset=UTF-8",
            "application/json ;x=y",
            "application/problem+json", "application/vnd.shop+json;v=1",
        ])
    func types(_ type: String?) throws {
        #expect(try observe(#"{"email":"a@b"}"#, type: type).email == "a@b")
    }

    @Test(
        "of another type is a 415, whatever is in it",
        arguments: [
            "text/plain", "text/json", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x",
            "application/jsonx", "json", "application/xml; x=+json",
        ])
    func otherTypes(_ type: String) {
        #expect(problem(#"{"email":"a@b"}"#, type: type)?.status == 415)
        #expect(problem("{", type: type)?.status == 415)
    }
}
