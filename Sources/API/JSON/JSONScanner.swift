/// Goes once over a JSON text (RFC 8259), without recursion.
struct JSONScanner {
    static let deepestNesting = 128

    private let bytes: [UInt8]
    private var position = 0

    /// - Parameter bytes: UTF-8.
    init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    /// Reads an object, calling `member` behind each name and colon, where it must read the value.
    mutating func object(
        _ member: (inout JSONScanner, _ name: String) throws(JSONError) -> Void
    ) throws(JSONError) {
        guard next() == "{" else { throw JSONError("The body is not a JSON object") }
        position += 1
        if accept("}") { return }
        repeat {
            let name = try string()
            try expect(":")
            try member(&self, name)
        } while accept(",")
        try expect("}")
    }

    mutating func value() throws(JSONError) -> JSONObject.Value {
        switch next() {
        case "\"": return .string(try string())
        case "n":
            try literal("null")
            return .null
        case "t":
            try literal("true")
            return .bool(true)
        case "f":
            try literal("false")
            return .bool(false)
        case "-", ("0"..."9")?: return .number(try number())
        case "[": return try array()
        default:
            try skipValue()
            return .other
        }
    }

    /// An array of numbers, or another, which is skipped.
    private mutating func array() throws(JSONError) -> JSONObject.Value {
        let start = position
        try expect("[")
        if accept("]") { return .numbers([]) }
        var numbers: [String] = []
        while let character = next(), character == "-" || ("0"..."9").contains(character) {
            numbers.append(try number())
            if !accept(",") {
                try expect("]")
                return .numbers(numbers)
            }
        }
        position = start
        try skipValue()
        return .other
    }

    /// An array of strings.
    mutating func strings() throws(JSONError) -> [String] {
        try expect("[")
        if accept("]") { return [] }
        var strings: [String] = []
        repeat { strings.append(try string()) } while accept(",")
        try expect("]")
        return strings
    }

    mutating func skipValue() throws(JSONError) {
        /// The closing brackets that are still to come.
        var open: [Unicode.Scalar] = []
        repeat {
            switch next() {
            case "{", "[":
                guard open.count < JSONScanner.deepestNesting else {
                    throw JSONError("The body is nested more than \(JSONScanner.deepestNesting) levels deep")
                }
                open.append(peek() == "{" ? "}" : "]")
                position += 1
                if !accept(open.last!) {
                    if open.last == "}" { try name() }
                    continue
                }
                open.removeLast()
            case "\"": _ = try string()
            case "t": try literal("true")
            case "f": try literal("false")
            case "n": try literal("null")
            default: _ = try number()
            }
            while let close = open.last {
                if accept(",") {
                    if close == "}" { try name() }
                    break
                }
                try expect(close)
                open.removeLast()
            }
        } while !open.isEmpty
    }

    /// Nothing but white space may follow.
    mutating func end() throws(JSONError) {
        switch next() {
        case nil: return
        case "{": throw JSONError("The body holds more than one object; send one request for each")
        default: throw unexpected()
        }
    }

    private mutating func name() throws(JSONError) {
        _ = try string()
        try expect(":")
    }

    private mutating func literal(_ word: StaticString) throws(JSONError) {
        let end = position + word.utf8CodeUnitCount
        let matches = word.withUTF8Buffer { end <= bytes.count && bytes[position..<end].elementsEqual($0) }
        guard matches else { throw unexpected() }
        position = end
    }

    private mutating func number() throws(JSONError) -> String {
        let start = position
        if peek() == "-" { position += 1 }
        if peek() == "0" { position += 1 } else { try digits() }
        if peek() == "." {
            position += 1
            try digits()
        }
        if peek() == "e" || peek() == "E" {
            position += 1
            if peek() == "+" || peek() == "-" { position += 1 }
            try digits()
        }
        return String(decoding: bytes[start..<position], as: UTF8.self)
    }

    private mutating func digits() throws(JSONError) {
        let run = bytes[position...].prefix { ("0"..."9").contains(Unicode.Scalar($0)) }
        guard !run.isEmpty else { throw unexpected() }
        position = run.endIndex
    }

    private mutating func string() throws(JSONError) -> String {
        try expect("\"")
        let plain = unescapedRun()
        if peek() == "\"" {
            position += 1
            return String(decoding: plain, as: UTF8.self)
        }
        var text = Array(plain)
        while true {
            switch peek() {
            case "\"":
                position += 1
                return String(decoding: text, as: UTF8.self)
            case "\\":
                position += 1
                text += Unicode.UTF8.encode(try escape())!
                text += unescapedRun()
            case nil: throw unexpected()
            default: throw JSONError("The body holds a control character inside of a string; write it as \\u00XX")
            }
        }
    }

    /// What stands for itself, up to what does not.
    private mutating func unescapedRun() -> ArraySlice<UInt8> {
        let start = position
        while position < bytes.count, JSONScanner.mayStandUnescaped(bytes[position]) { position += 1 }
        return bytes[start..<position]
    }

    private mutating func escape() throws(JSONError) -> Unicode.Scalar {
        let letter = peek()
        position += 1
        switch letter {
        case let itself? where itself == "\"" || itself == "\\" || itself == "/": return itself
        case "b": return "\u{08}"
        case "f": return "\u{0C}"
        case "n": return "\n"
        case "r": return "\r"
        case "t": return "\t"
        case "u":
            let first = try hexadecimal()
            if let scalar = Unicode.Scalar(first) { return scalar }
            // Half of a UTF-16 pair: the other half must follow (RFC 8259, 7).
            guard UTF16.isLeadSurrogate(first), bytes[position...].starts(with: "\\u".utf8) else {
                throw JSONScanner.halfPair
            }
            position += 2
            let second = try hexadecimal()
            guard UTF16.isTrailSurrogate(second) else { throw JSONScanner.halfPair }
            return UTF16.decode(UTF16.EncodedScalar([first, second]))
        default:
            position -= 1
            throw unexpected()
        }
    }

    private mutating func hexadecimal() throws(JSONError) -> UInt16 {
        let end = position + 4
        guard end <= bytes.count,
            bytes[position..<end].allSatisfy({ Unicode.Scalar($0).properties.isASCIIHexDigit }),
            let unit = UInt16(String(decoding: bytes[position..<end], as: UTF8.self), radix: 16)
        else { throw unexpected() }
        position = end
        return unit
    }

    /// The next byte that is no white space, without taking it.
    private mutating func next() -> Unicode.Scalar? {
        while let byte = peek(), byte == " " || byte == "\n" || byte == "\r" || byte == "\t" { position += 1 }
        return peek()
    }

    /// The next byte, to be compared with ASCII characters; a part of any other character equals none of them.
    private func peek() -> Unicode.Scalar? {
        position < bytes.count ? Unicode.Scalar(bytes[position]) : nil
    }

    private static func mayStandUnescaped(_ byte: UInt8) -> Bool {
        byte >= 0x20 && byte != UInt8(ascii: "\"") && byte != UInt8(ascii: "\\")
    }

    private mutating func accept(_ character: Unicode.Scalar) -> Bool {
        guard next() == character else { return false }
        position += 1
        return true
    }

    private mutating func expect(_ character: Unicode.Scalar) throws(JSONError) {
        guard accept(character) else { throw unexpected() }
    }

    private static let halfPair = JSONError("The body holds half of a UTF-16 surrogate pair")

    private func unexpected() -> JSONError {
        position < bytes.count
            ? JSONError("The body is not valid JSON at byte \(position)")
            : JSONError("The body is not valid JSON: it ends too early")
    }
}
