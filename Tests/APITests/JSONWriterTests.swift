import Foundation
import Testing

@testable import API

@Suite("Writing JSON")
struct JSONWriterTests {
    private func write(_ body: (inout JSONWriter) -> Void) -> String {
        String(decoding: JSONWriter.object(body), as: UTF8.self)
    }

    @Test("sets commas where they belong, however it is nested")
    func commas() {
        let text = write { json in
            json.member("a", "x")
            json.member("b", 1)
            json.member("none", [String]())
            json.member("texts", ["x", "y"])
            json.member("numbers", [Int64.min, 0, .max])
            json.member("object") { json in
                json.member("c", 2)
                json.array("empty") { _ in }
            }
            json.array("elements") { json in
                json.element { $0.member("d", 3) }
                json.element { _ in }
                json.element { $0.member("e", "f") }
            }
            json.member(named: "name", number: "1.5")
            json.member(named: "last", "z")
        }
        #expect(
            text == """
                {"a":"x","b":1,"none":[],"texts":["x","y"],"numbers":[-9223372036854775808,0,9223372036854775807],\
                "object":{"c":2,"empty":[]},"elements":[{"d":3},{},{"e":"f"}],"name":1.5,"last":"z"}
                """)
    }

    @Test("of nothing is an empty object")
    func empty() {
        #expect(write { _ in } == "{}")
    }

    @Test(
        "comes back as it went, in names and values",
        arguments: Array(0...0x2F) + [0x7F, 0x85, 0x2028, 0xD7FF, 0xFFFD, 0x1F600])
    func scalars(_ scalar: Int) throws {
        let text = "a" + String(Unicode.Scalar(UInt32(scalar))!) + "\"\\/"
        let bytes = JSONWriter.object { json in
            json.member("value", text)
            json.member(named: text, "by name")
            json.member("list", [text])
        }
        #expect(try JSONObject(bytes, keeping: ["value"]).members["value"] == .string(text))
        let object = try #require(try JSONSerialization.jsonObject(with: Data(bytes)) as? [String: Any])
        #expect(object["value"] as? String == text)
        #expect(object[text] as? String == "by name")
        #expect(object["list"] as? [String] == [text])
        // Fit for a line of a log, and for a terminal.
        #expect(!bytes.contains { $0 < 0x20 || $0 == 0x7F })
    }
}
