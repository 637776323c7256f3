import Foundation
import TestSupport
import Testing

@testable import API

@Suite("Reading hostile JSON")
struct JSONLimitsTests {
    private func read(_ text: String) throws -> JSONObject {
        try JSONObject(Array(text.utf8), keeping: ["email", "phoneNumber"])
    }

    private func nested(_ depth: Int, _ open: String, _ inner: String, _ close: String) -> String {
        String(repeating: open, count: depth) + inner + String(repeating: close, count: depth)
    }

    @Test("takes 128 levels and refuses 129", arguments: ["x", "email"])
    func nesting(name: String) throws {
        for (open, inner, close) in [("[", "", "]"), (#"{"a":"#, "1", "}"), (#"[{"a":"#, "1", "}]")] {
            let depth = open.count == 6 ? 64 : 128
            #expect(throws: Never.self) { try read(#"{"\#(name)":\#(nested(depth, open, inner, close))}"#) }
            let error = #expect(throws: JSONError.self) {
                try read(#"{"\#(name)":\#(nested(depth + 1, open, inner, close))}"#)
            }
            #expect(error?.reason.contains("128") == true)
        }
        // One beside the other is not one inside the other.
        #expect(throws: Never.self) {
            try read(#"{"\#(name)":[\#(Array(repeating: "[[]]", count: 500).joined(separator: ","))]}"#)
        }
    }

    @Test("survives 100,000 levels", arguments: ["[", #"{"a":"#, #"[{"a":"#])
    func deep(open: String) {
        #expect(throws: JSONError.self) { try read(#"{"x":"# + String(repeating: open, count: 100_000)) }
        #expect(throws: JSONError.self) { try read(String(repeating: open, count: 100_000)) }
    }

    @Test("refuses a text that was cut off, wherever")
    func truncated() throws {
        let text = #" {"x":[1,{"y":"é\ud83d\ude00"},-1.5e+3,true,false,null],"email":"a\u0040b","phoneNumber":42} "#
        let bytes = Array(text.utf8)
        let end = try #require(bytes.lastIndex(of: UInt8(ascii: "}")))
        for count in 0...end {
            #expect(throws: JSONError.self) {
                try JSONObject(Array(bytes[..<count]), keeping: ["email", "phoneNumber"])
            }
        }
        #expect(try read(text).members.count == 2)
    }

    @Test(
        "never quotes what was written",
        arguments: [#"{"email":"mcfly@x" "mcfly"}"#, #"{"mcfly":mcfly}"#, #"{"mcfly":"\mcfly"}"#])
    func quotesNothing(text: String) {
        let error = #expect(throws: JSONError.self) { try read(text) }
        #expect(error?.reason.contains("mcfly") == false)
    }

    @Test("tells a caller where the mistake is")
    func place() {
        let error = #expect(throws: JSONError.self) { try read(#"{"a":x}"#) }
        #expect(error?.reason == "The body is not valid JSON at byte 5")
    }

    /// Objects with a slip or two, and Foundation as the judge of what is JSON.
    @Test("agrees with Foundation about what is JSON", arguments: 1...10)
    func fuzz(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var valid = 0
        for _ in 0..<3_000 {
            var bytes = Array(object(3, &generator).utf8)
            for _ in 0..<Int.random(in: 0...2, using: &generator) where !bytes.isEmpty {
                let place = Int.random(in: bytes.indices, using: &generator)
                switch Int.random(in: 0..<3, using: &generator) {
                case 0: bytes.remove(at: place)
                case 1: bytes[place] = JSONLimitsTests.alphabet.randomElement(using: &generator)!
                default: bytes.insert(JSONLimitsTests.alphabet.randomElement(using: &generator)!, at: place)
                }
            }
            let ours = (try? JSONObject(bytes, keeping: [])) != nil
            let theirs = (try? JSONSerialization.jsonObject(with: Data(bytes))) is [String: Any]
            let text = String(decoding: bytes, as: UTF8.self)
            // Foundation lets a comma stand before a closing bracket, where RFC 8259 does not.
            let agree = ours == theirs || !ours && text.contains(/,\s*[}\]]/)
            #expect(agree, "\(text)")
            if ours { valid += 1 }
        }
        // Neither all nor nothing, or the property says little.
        #expect((600...2_600).contains(valid))
    }

    @Test("never crashes on random bytes", arguments: 1...10)
    func random(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<3_000 {
            let bytes = (0..<Int.random(in: 0..<40, using: &generator)).map { _ in
                Bool.random(using: &generator)
                    ? UInt8.random(in: 0...255, using: &generator)
                    : JSONLimitsTests.alphabet.randomElement(using: &generator)!
            }
            _ = try? JSONObject(Array(#"{"email":"#.utf8) + bytes, keeping: ["email"])
            _ = try? JSONObject(bytes, keeping: ["email"])
        }
    }

    private static let alphabet = Array(#"{}[]:,"\/0123456789-+.eEtrufalsn \#t\#n"#.utf8)

    private func object(_ depth: Int, _ generator: inout SeededGenerator) -> String {
        let members = (0..<Int.random(in: 0...3, using: &generator)).map { "\"k\($0)\": \(value(depth, &generator))" }
        return "{" + members.joined(separator: ",") + "}"
    }

    private func value(_ depth: Int, _ generator: inout SeededGenerator) -> String {
        switch Int.random(in: 0..<(depth > 0 ? 9 : 7), using: &generator) {
        case 0: "null"
        case 1: "true"
        case 2: "-12.5e-3"
        case 3: "\(Int.random(in: -1000...1000, using: &generator))"
        case 4: #""text \n \u0041 \ud83d\ude00""#
        case 5: #""""#
        case 6: "[ ]"
        case 7: object(depth - 1, &generator)
        default: "[\(value(depth - 1, &generator)), \(value(depth - 1, &generator))]"
        }
    }
}
