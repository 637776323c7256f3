import Identifiers
import Identity
import TestSupport
import Testing

@testable import API

@Suite("A request's body")
struct RequestBodyTests {
    /// "e-mail, phone", or the problem that the caller hears of.
    private func observe(
        _ body: String, type: String? = "application/json",
        reader: some IdentifierReading = IdentifierReader(.plans(nil))
    ) throws -> (email: String?, phone: String?) {
        let request = Request(method: "POST", path: "/identify", body: .whole(Array(body.utf8)), contentType: type)
        let observation = try ObservedBody(try RequestBody(of: request), reader: reader).observation()
        return (observation.email?.text, observation.phone?.text)
    }

    private func observed(_ body: String) throws -> ObservedBody {
        try ObservedBody(RequestBody(Array(body.utf8)), reader: IdentifierReader(.plans(nil)))
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
            (#"{"email":null,"phoneNumber":123456789012345,"x":[{}]}"#, nil, "123456789012345"),
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
            "{}", #"{"email":null,"phoneNumber":null}"#, #"{"email":"","phoneNumber":" "}"#,
        ])
    func neither(_ body: String) {
        #expect(problem(body)?.status == 400)
        #expect(problem(body)?.detail.hasPrefix("Both email and phoneNumber are missing or null.") == true)
        #expect(problem(body)?.errors.isEmpty == true)
    }

    @Test(
        "of a wrong type is a 400 that names the field",
        arguments: [
            (#"{"email":1}"#, "email"), (#"{"email":true}"#, "email"), (#"{"email":["a@b"]}"#, "email"),
            (#"{"email":{}}"#, "email"), (#"{"phoneNumber":-123456}"#, "phoneNumber"),
            (#"{"phoneNumber":1e5}"#, "phoneNumber"),
            (#"{"phoneNumber":123456.0}"#, "phoneNumber"), (#"{"phoneNumber":false}"#, "phoneNumber"),
            (#"{"phoneNumber":["123456"]}"#, "phoneNumber"),
        ])
    func wrongType(_ body: String, _ field: String) {
        #expect(problem(body)?.status == 400)
        #expect(problem(body)?.errors.map(\.field) == [field])
        #expect(problem(body)?.detail.hasPrefix(field) == true)
        // Also beside what is valid: it is the program that is wrong, not what somebody typed.
        let other = field == "email" ? #""phoneNumber":"123456""# : #""email":"a@b""#
        #expect(problem(body.dropLast() + ",\(other)}")?.errors.map(\.field) == [field])
    }

    @Test(
        "with a value that is no identifier is a 400 if there is no other, and else it is ignored",
        arguments: [
            (#"{"phoneNumber":1234567890123456}"#, "phoneNumber"), (#"{"phoneNumber":12}"#, "phoneNumber"),
            (#"{"email":"a@b\u0000"}"#, "email"), (#"{"phoneNumber":"123\u0000456"}"#, "phoneNumber"),
            (#"{"email":"mcfly"}"#, "email"), (#"{"phoneNumber":"1999-12-31"}"#, "phoneNumber"),
        ])
    func invalid(_ body: String, _ field: String) throws {
        #expect(problem(body)?.status == 400)
        #expect(problem(body)?.errors.map(\.field) == [field])
        let other = field == "email" ? #""phoneNumber":"123456""# : #""email":"a@b""#
        let observed = try observed(body.dropLast() + ",\(other)}")
        #expect(observed.ignored.map { FieldError($0) }.map { "\($0.field) \($0.reason)" } == ["\(field) invalid"])
        #expect(try observed.observation().email?.text == (field == "email" ? nil : "a@b"))
    }

    @Test(
        "names a field that is not quite ours, with what to send",
        arguments: [
            ("Email", "email"), ("EMAIL", "email"), ("mail", "email"), ("e-mail", "email"), ("emailAddress", "email"),
            ("email_address", "email"), ("emial", "email"), ("customer_email", "email"), ("emails", "email"),
            ("phone", "phoneNumber"), ("phone_number", "phoneNumber"), ("PhoneNumber", "phoneNumber"),
            ("phonenumber", "phoneNumber"), ("phoneNo", "phoneNumber"), ("phone no.", "phoneNumber"),
            ("phoneNumer", "phoneNumber"), ("mobile", "phoneNumber"), ("mobileNumber", "phoneNumber"),
            ("mobile_phone", "phoneNumber"), ("telephone", "phoneNumber"), ("tel", "phoneNumber"),
            ("cell", "phoneNumber"), ("contact_number", "phoneNumber"), ("customerPhone", "phoneNumber"),
            ("phones", "phoneNumber"), ("PHONE NUMBER", "phoneNumber"), ("msisdn", "phoneNumber"),
        ])
    func nearMiss(name: String, field: String) throws {
        let body = try observed(#"{"\#(name)":"a@b","email":"c@d"}"#)
        let ignored = body.ignored.map { FieldError($0) }
        #expect(ignored.map(\.field) == [name])
        #expect(ignored.first?.reason == "is not a field; send \(field)")
        let problem = problem(#"{"\#(name)":"a@b"}"#)
        #expect(problem?.status == 400)
        #expect(problem?.detail.hasPrefix("\(name) is not a field; send \(field). Send a JSON object") == true)
    }

    @Test(
        "says nothing of fields that are something else",
        arguments: [
            "name", "id", "orderId", "address", "total", "model", "html", "iphonenumbers", "marketingEmailOptIn", "",
        ])
    func others(name: String) throws {
        #expect(try observed(#"{"\#(name)":"a@b","email":"c@d"}"#).ignored.isEmpty)
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

    /// What is said of bytes that are no text is tested through nginx as well.
    @Test(
        "that is a mistake people make is answered with what it is and what to send",
        arguments: [
            ("", "The body is empty"), (" \r\n", "The body is empty"),
            ("\u{FEFF}{}", "The body begins with a byte order mark"),
            ("{\0\"\0e\0", "The body is in UTF-16 or UTF-32"), ("\0{\0\"\0e", "The body is in UTF-16 or UTF-32"),
            ("\n\0{\0}\0", "The body is in UTF-16 or UTF-32"), ("\0\0\0{\0\0\0}", "The body is in UTF-16 or UTF-32"),
            (#"[{"email":"a@b"}]"#, "The body is an array"), (" []", "The body is an array"),
            ("[object Object]", "The body is the text [object Object]"),
            (#""{\"email\":\"a@b\"}""#, "The body is a string"),
            ("{\"email\":\"a@b\"}\n{\"email\":\"c@d\"}\n", "The body holds more than one object"),
            ("{}{}", "The body holds more than one object"),
            ("email=a@b.c&phoneNumber=1", "The body is a form"), ("email=a%40b.c", "The body is a form"),
            ("--boundary\r\nContent-Disposition: form-data", "The body is a form"),
            ("<order><email>a@b</email></order>", "The body is XML or HTML"),
            ("{'email':'a@b'}", "A name in the body is not in double quotes"),
            ("{ email: \"a@b\" }", "A name in the body is not in double quotes"),
            ("eyJlbWFpbCI6ImFAYiJ9", "The body is Base64"),
            ("null", "The body is not a JSON object"), ("order.json", "The body is not a JSON object"),
            (#"{"email":"a@b","#, "The body is not valid JSON: it ends too early"),
            (#"{"email":"a@b",}"#, "The body is not valid JSON at byte 15"),
        ])
    func mistake(_ body: String, _ text: String) {
        #expect(problem(body)?.status == 400)
        #expect(problem(body)?.detail.hasPrefix(text) == true, "\(problem(body)?.detail ?? "")")
        #expect(problem(body)?.detail.hasSuffix(RequestBody.example) == true)
        #expect(problem(body, type: nil)?.detail == problem(body)?.detail)
    }

    @Test(
        "that is compressed is a 415 that says so",
        arguments: [
            ([0x1F, 0x8B, 0x08, 0x00], "gzip"), ([0x78, 0x9C, 0xAB, 0x56], "deflate"), ([0x78, 0x01, 0xAB], "deflate"),
            ([0x28, 0xB5, 0x2F, 0xFD, 0x04], "zstd"),
        ] as [([UInt8], String)])
    func compressed(_ bytes: [UInt8], _ coding: String) {
        let problem = #expect(throws: Problem.self) { try RequestBody(bytes) }
        #expect(problem?.status == 415)
        #expect(problem?.detail.hasPrefix("The body is compressed with \(coding). Send it uncompressed") == true)
        // RFC 9110, 12.5.3.
        #expect(problem?.headers.first { $0.name == "Accept-Encoding" }?.value == "identity")
    }

    @Test(
        "in UTF-16 or UTF-32, or with a byte order mark, is a 400 that says so",
        arguments: [
            ([0xFF, 0xFE, 0x7B, 0x00], "in UTF-16"), ([0xFE, 0xFF, 0x00, 0x7B], "in UTF-16"),
            ([0x00, 0x00, 0xFE, 0xFF], "in UTF-16"), ([0xFF, 0xFE, 0x00, 0x00], "in UTF-16"),
            ([0xEF, 0xBB, 0xBF, 0x7B, 0x7D], "byte order mark"), ([0x7B, 0xFF, 0x7D], "is not UTF-8"),
        ] as [([UInt8], String)])
    func encodings(_ bytes: [UInt8], _ text: String) {
        let problem = #expect(throws: Problem.self) { try RequestBody(bytes) }
        #expect(problem?.status == 400)
        #expect(problem?.detail.contains(text) == true, "\(problem?.detail ?? "")")
    }

    @Test("over the limit is a 413, and one that ended early a 400")
    func size() {
        func problem(_ body: Request.Body) -> Problem? {
            let request = Request(method: "POST", path: "/identify", body: body)
            return #expect(throws: Problem.self) { try RequestBody(of: request) }
        }
        #expect(problem(.tooLarge)?.status == 413)
        #expect(problem(.truncated)?.status == 400)
        #expect(problem(.truncated)?.detail.contains("Content-Length") == true)
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
