/// A parameter that is an array, such as a `text[]` for `unnest` (PostgreSQL 15, 8.15.2 Array Value Input).
///
/// An `Array` could be a parameter by itself; but as code for arrays of anything it costs a known request 3 % more
/// (and 12 % with a key path in it, which is made anew each time).
public struct ArrayParameter: ParameterValue {
    public let parameterText: String

    /// - Parameter texts: `nil` is NULL.
    public init(_ texts: [String?]) {
        var bytes = [UInt8(ascii: "{")]
        for text in texts {
            if bytes.count > 1 { bytes.append(UInt8(ascii: ",")) }
            guard let text else {
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
        parameterText = String(decoding: bytes, as: UTF8.self)
    }

    public init(_ numbers: [Int64]) {
        self.init(numbers.map(\.parameterText))
    }
}
