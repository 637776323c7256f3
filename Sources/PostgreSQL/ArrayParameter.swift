/// A parameter that is an array, such as a `text[]` for `unnest`; `nil` is NULL (PostgreSQL 15, 8.15.2 Array Value Input).
extension Array: ParameterValue where Element: ArrayElement {
    public var parameterText: String {
        var bytes: [UInt8] = [UInt8(ascii: "{")]
        for (index, element) in enumerated() {
            if index > 0 { bytes.append(UInt8(ascii: ",")) }
            guard let text = element.elementText else {
                bytes.append(contentsOf: "NULL".utf8)
                continue
            }
            bytes.append(UInt8(ascii: "\""))
            for byte in text.utf8 {
                if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") { bytes.append(UInt8(ascii: "\\")) }
                bytes.append(byte)
            }
            bytes.append(UInt8(ascii: "\""))
        }
        bytes.append(UInt8(ascii: "}"))
        return String(decoding: bytes, as: UTF8.self)
    }
}

public protocol ArrayElement: Sendable {
    /// `nil` for NULL.
    var elementText: String? { get }
}

extension String: ArrayElement {
    public var elementText: String? { self }
}

extension Int64: ArrayElement {
    public var elementText: String? { parameterText }
}

extension Optional: ArrayElement where Wrapped: ArrayElement {
    // No key path: in generic code, one is made anew each time that it is used (9 % of a known request).
    public var elementText: String? { self?.elementText }
}
