/// Writes rows of CSV (RFC 4180), with a plain line feed at each end.
enum CSVWriter {
    /// - Parameter fields: `nil` is written as nothing, an empty text as two quotes.
    static func row(_ fields: [String?]) -> [UInt8] {
        var bytes: [UInt8] = []
        for (index, field) in fields.enumerated() {
            if index > 0 { bytes.append(UInt8(ascii: ",")) }
            if let field { append(field, to: &bytes) }
        }
        bytes.append(UInt8(ascii: "\n"))
        return bytes
    }

    private static func append(_ field: String, to bytes: inout [UInt8]) {
        let quote = UInt8(ascii: "\"")
        guard field.isEmpty || field.utf8.contains(where: { "\",\r\n".utf8.contains($0) }) else {
            bytes.append(contentsOf: field.utf8)
            return
        }
        bytes.append(quote)
        for byte in field.utf8 {
            if byte == quote { bytes.append(quote) }
            bytes.append(byte)
        }
        bytes.append(quote)
    }
}
