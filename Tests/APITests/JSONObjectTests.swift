import Testing

@testable import API

@Suite("Reading JSON")
struct JSONObjectTests {
    private func members(_ text: String) throws -> [String: JSONObject.Value] {
        try JSONObject(Array(text.utf8), keeping: ["email", "phoneNumber"]).members
    }

    @Test(
        "takes what RFC 8259 allows",
        arguments: [
            "{}", " \t\r\n{ \t\r\n} \t\r\n", #"{"a":1}"#, #"{ "a" : 1 , "b" : 2 }"#, #"{"":0}"#, #"{"a":[]}"#,
            #"{"a":[ ]}"#, #"{"a":{}}"#, #"{"a":{ }}"#, #"{"a":[[],[{}],{"b":[1,2,{"c":null}]}]}"#,
            #"{"a":true,"b":false,"c":null,"d":"","e":0}"#, #"{"a":-0}"#, #"{"a":-0.0e-0}"#, #"{"a":1E+2}"#,
            #"{"a":1e0001}"#, #"{"a":123456789012345678901234567890123456789012345678901234567890}"#,
            #"{"a":1.7976931348623157e999}"#, #"{"a":"\"\\\/\b\f\n\r\t\u0000\uFFFF"}"#, "{\"a\":\"\u{7F}\u{2028}é電👩\"}",
            #"{"a":"\ud83d\ude00\uD83D\uDE00"}"#, #"{"a":1,"a":2}"#, #"{"x":{"email":1,"email":2}}"#,
        ])
    func valid(_ text: String) throws {
        #expect(try members(text).isEmpty)
        // And as a value that is kept.
        #expect(try members(#"{"email":\#(text)}"#) == ["email": .other])
    }

    @Test(
        "refuses what RFC 8259 does not allow",
        arguments: [
            "", " ", "{", "}", "{]", "[]", "null", "1", #""a""#, "{}}", "{}{}", "{} x", "{},", "x{}", "{a:1}",
            "{'a':1}",
            #"{"a"}"#, #"{"a":}"#, #"{"a":1,}"#, #"{,"a":1}"#, #"{"a":1,,"b":2}"#, #"{"a" 1}"#, #"{"a":1 "b":2}"#,
            #"{"a"::1}"#, #"{"a":1;"b":2}"#, #"{1:2}"#, #"{null:1}"#, #"{"a":[1,]}"#, #"{"a":[,1]}"#, #"{"a":[1 2]}"#,
            #"{"a":[1}"#, #"{"a":[1}]}"#, #"{"a":{"b"}}"#, #"{"a":{"b":1,}}"#, #"{"a":{"b":1]}"#, #"{"a":{1}}"#,
            #"{"a":True}"#, #"{"a":tru}"#, #"{"a":truex}"#, #"{"a":nul}"#, #"{"a":NaN}"#, #"{"a":Infinity}"#,
            #"{"a":undefined}"#, #"{"a":-}"#, #"{"a":+1}"#, #"{"a":01}"#, #"{"a":-01}"#, #"{"a":1.}"#, #"{"a":.5}"#,
            #"{"a":1e}"#, #"{"a":1e+}"#, #"{"a":1.e1}"#, #"{"a":0x10}"#, #"{"a":1_000}"#, #"{"a":1 000}"#,
            #"{"a":--1}"#,
            #"{"a":"b}"#, #"{"a":"\"}"#, #"{"a":"\x"}"#, #"{"a":"\u"}"#, #"{"a":"\u12"}"#, #"{"a":"\u12g4"}"#,
            #"{"a":"\u+123"}"#, #"{"a":"\U0041"}"#, #"{"a":"\'"}"#, "{\"a\":\"\n\"}", "{\"a\":\"\t\"}",
            "{\"a\":\"\u{0}\"}",
            "{\"a\":\"\u{1F}\"}", "{\"a\u{0}\":1}", #"{"a":"\ud83d"}"#, #"{"a":"\ude00"}"#, #"{"a":"\ude00\ud83d"}"#,
            #"{"a":"\ud83dx"}"#, #"{"a":"\ud83d\n"}"#, #"{"a":"\ud83d\ud83d"}"#, #"{"a":"\ud83d\u0041"}"#,
            "{\"a\":1}\u{0}", "{\u{A0}\"a\":1}", "{\u{B}}", "{\u{C}}", "\u{FEFF}{}", "{/* */}", "{\"a\":1}// x",
            "{\"a\":1}#",
        ])
    func invalid(_ text: String) {
        #expect(throws: JSONError.self) { try members(text) }
        // The same where the member is one that is kept.
        let kept = text.split(separator: #""a""#, maxSplits: 1, omittingEmptySubsequences: false).joined(
            separator: #""email""#)
        #expect(throws: JSONError.self) { try members(kept) }
    }

    @Test("tells kinds of values apart, with numbers as they were written")
    func values() throws {
        func email(_ json: String) throws -> JSONObject.Value? { try members(#"{"email":\#(json)}"#)["email"] }
        #expect(try email("null") == .null)
        #expect(try email(#""""#) == .string(""))
        #expect(try email(#" "a" "#) == .string("a"))
        for number in ["0", "-0", "7", "1e5", "100000.0", "-1.5E-7", digits] {
            #expect(try email(number) == .number(number))
        }
        #expect(try email("true") == .bool(true))
        #expect(try email("false") == .bool(false))
        #expect(try email("[]") == .numbers([]))
        #expect(try email("[7, -1.5E-7]") == .numbers(["7", "-1.5E-7"]))
        for other in ["{}", "[1,[2]]", "[1,null]", #"["a"]"#, #"{"email":"inner"}"#] {
            #expect(try email(other) == .other)
        }
        #expect(try members("{}")["email"] == nil)
    }

    private let digits = "1234567890123456789012345678901234567890"

    @Test("keeps the members it was asked for, in any order, and passes over the rest")
    func keeps() throws {
        let text = #"{"x":{"email":"no"},"phoneNumber":42,"Email":1,"y":["email"],"email":"yes","email ":2}"#
        #expect(try members(text) == ["email": .string("yes"), "phoneNumber": .number("42")])
    }

    @Test(
        "refuses a member that comes twice, however it is written",
        arguments: [
            #"{"email":1,"email":1}"#, #"{"email":null,"x":0,"email":null}"#, #"{"email":"a","\u0065mail":"b"}"#,
            #"{"\u0065\u006D\u0061\u0069\u006c":"a","email":"b"}"#,
        ])
    func twice(_ text: String) {
        let error = #expect(throws: JSONError.self) { try members(text) }
        #expect(error?.reason == "The body holds the member \"email\" twice")
    }

    @Test("knows an escaped name for what it is")
    func escapedName() throws {
        #expect(try members(#"{"\u0065mail":"a"}"#) == ["email": .string("a")])
    }

    @Test(
        "undoes every escape",
        arguments: [
            (#"\"\\\/\b\f\n\r\t"#, "\"\\/\u{8}\u{C}\n\r\t"), (#"\u0041\u00e9\u96FB"#, "Aé電"), (#"\u0000"#, "\0"),
            (#"\ud83d\uDE00"#, "😀"), (#"\uDBFF\uDFFF"#, "\u{10FFFF}"), (#"\ud7ff\ue000"#, "\u{D7FF}\u{E000}"),
            (#"a\u0020b"#, "a b"), (#"\\u0041"#, #"\u0041"#),
        ])
    func escapes(_ written: String, _ meant: String) throws {
        #expect(try members(#"{"email":"\#(written)"}"#) == ["email": .string(meant)])
    }

    @Test(
        "refuses bytes that are not UTF-8",
        arguments: [[0xFF], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xE2, 0x82], [0xF5, 0x80, 0x80, 0x80]] as [[UInt8]])
    func utf8(_ bytes: [UInt8]) {
        let body = Array(#"{"a":""#.utf8) + bytes + Array(#""}"#.utf8)
        let error = #expect(throws: JSONError.self) { try JSONObject(body, keeping: []) }
        #expect(error?.reason == "The body is not UTF-8")
    }
}
