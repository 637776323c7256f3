/// Writes JSON (RFC 8259) straight into bytes: an answer has a fixed shape, and `JSONEncoder` takes
/// longer for it than all else that identityd does for a request (docs/decisions/0004).
public struct JSONWriter {
    private(set) var bytes: [UInt8] = []
    /// Whether a comma is due before the next member or element.
    private var needsComma = false

    public static func object(_ body: (inout JSONWriter) -> Void) -> [UInt8] {
        var writer = JSONWriter()
        writer.bytes.reserveCapacity(256)
        writer.nested("{", "}", body)
        return writer.bytes
    }

    public mutating func member(_ name: StaticString, _ value: String) {
        key(name)
        write(value)
    }

    public mutating func member(_ name: StaticString, _ value: some BinaryInteger) {
        key(name)
        write(value)
    }

    public mutating func member(_ name: StaticString, _ value: Bool) {
        key(name)
        bytes.append(contentsOf: (value ? "true" : "false").utf8)
    }

    public mutating func member(_ name: StaticString, orNull value: String?) {
        key(name)
        if let value { write(value) } else { writeNull() }
    }

    public mutating func member(_ name: StaticString, orNull value: Int64?) {
        key(name)
        if let value { write(value) } else { writeNull() }
    }

    public mutating func member(named name: String, _ value: String) {
        separate()
        write(name)
        append(":")
        write(value)
        needsComma = true
    }

    /// - Parameter number: As JSON writes it.
    public mutating func member(named name: String, number: String) {
        separate()
        write(name)
        append(":")
        bytes.append(contentsOf: number.utf8)
        needsComma = true
    }

    /// - Parameter text: ASCII without quotation marks, backslashes and control characters.
    public mutating func member(_ name: StaticString, ascii text: [UInt8]) {
        key(name)
        append("\"")
        bytes.append(contentsOf: text)
        append("\"")
    }

    /// A number of thousandths that is not negative, with three decimals.
    public mutating func member(_ name: StaticString, thousandths: Int) {
        key(name)
        write(thousandths / 1000)
        append(".")
        for unit in [100, 10, 1] { bytes.append(UInt8(ascii: "0") + UInt8(thousandths / unit % 10)) }
    }

    public mutating func member(_ name: StaticString, _ texts: some Sequence<String>) {
        array(name) { writer in
            for text in texts { writer.scalar { $0.write(text) } }
        }
    }

    public mutating func member(_ name: StaticString, _ numbers: some Sequence<Int64>) {
        array(name) { writer in
            for number in numbers { writer.scalar { $0.write(number) } }
        }
    }

    /// - Parameter numbers: `nil` is null.
    public mutating func member(_ name: StaticString, orNulls numbers: some Sequence<Int64?>) {
        array(name) { writer in
            for number in numbers { writer.scalar { if let number { $0.write(number) } else { $0.writeNull() } } }
        }
    }

    public mutating func member(_ name: StaticString, _ body: (inout JSONWriter) -> Void) {
        key(name)
        nested("{", "}", body)
    }

    public mutating func array(_ name: StaticString, _ body: (inout JSONWriter) -> Void) {
        key(name)
        nested("[", "]", body)
    }

    /// An array of objects, one for each of `elements`.
    public mutating func array<Element>(
        _ name: StaticString, of elements: some Sequence<Element>, _ body: (inout JSONWriter, Element) -> Void
    ) {
        array(name) { json in
            for one in elements { json.element { body(&$0, one) } }
        }
    }

    public mutating func element(_ body: (inout JSONWriter) -> Void) {
        separate()
        nested("{", "}", body)
    }

    private mutating func scalar(_ write: (inout JSONWriter) -> Void) {
        separate()
        write(&self)
        needsComma = true
    }

    private mutating func nested(_ open: Unicode.Scalar, _ close: Unicode.Scalar, _ body: (inout JSONWriter) -> Void) {
        append(open)
        needsComma = false
        body(&self)
        append(close)
        needsComma = true
    }

    private mutating func key(_ name: StaticString) {
        separate()
        append("\"")
        name.withUTF8Buffer { bytes.append(contentsOf: $0) }
        append("\"")
        append(":")
        needsComma = true
    }

    private mutating func separate() {
        if needsComma { append(",") }
    }

    private mutating func append(_ character: Unicode.Scalar) {
        bytes.append(UInt8(ascii: character))
    }

    private mutating func write(_ number: some BinaryInteger) {
        bytes.append(contentsOf: String(number).utf8)
    }

    private mutating func writeNull() {
        bytes.append(contentsOf: "null".utf8)
    }

    private mutating func write(_ text: String) {
        append("\"")
        var text = text
        text.withUTF8 { text in
            // Without a way out of the loop, several bytes are looked at in one step.
            let escaped = text.reduce(0 as UInt8) { $0 | ($1.isEscaped ? 1 : 0) }
            if escaped == 0 { bytes.append(contentsOf: text) } else { writeEscaped(text) }
        }
        append("\"")
    }

    private mutating func writeEscaped(_ text: UnsafeBufferPointer<UInt8>) {
        for byte in text {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"):
                append("\\")
                bytes.append(byte)
            case _ where byte.isEscaped:
                bytes.append(contentsOf: "\\u00".utf8)
                bytes.append(JSONWriter.hexadecimal[Int(byte >> 4)])
                bytes.append(JSONWriter.hexadecimal[Int(byte & 15)])
            default:
                bytes.append(byte)
            }
        }
    }

    private static let hexadecimal = Array("0123456789abcdef".utf8)
}

extension UInt8 {
    /// Whether it can't stand for itself in a string. (DEL could; logs are read on terminals.)
    fileprivate var isEscaped: Bool {
        self < 0x20 || self == UInt8(ascii: "\"") || self == UInt8(ascii: "\\") || self == 0x7F
    }
}
