/// Writes rows of CSV (RFC 4180), with a plain line feed at each end.
enum CSVWriter {
    /// - Parameter fields: `nil` is written as nothing, an empty text as two quotes.
    static func row(_ fields: [String?], delimiter: UInt8 = .comma) -> [UInt8] {
        var bytes: [UInt8] = []
        for (index, field) in fields.enumerated() {
            if index > 0 { bytes.append(delimiter) }
            if let field { append(field, delimiter, to: &bytes) }
        }
        bytes.append(UInt8(ascii: "\n"))
        return bytes
    }

    /// Cells that begin so are formulas to spreadsheets, or become so when they are pasted (OWASP, "CSV Injection").
    private static let formulaBeginnings = Array("=+-@\t\r\n".utf8)

    /// The field with an apostrophe in front, which spreadsheets take for "this is text", where it might be a formula.
    static func safeForSpreadsheets(_ field: String) -> String {
        field.utf8.first.map(formulaBeginnings.contains) == true ? "'" + field : field
    }

    private static func append(_ field: String, _ delimiter: UInt8, to bytes: inout [UInt8]) {
        guard field.isEmpty || field.utf8.contains(where: { $0 == delimiter || "\"\r\n".utf8.contains($0) }) else {
            bytes.append(contentsOf: field.utf8)
            return
        }
        bytes.append(.quote)
        for byte in field.utf8 {
            if byte == .quote { bytes.append(.quote) }
            bytes.append(byte)
        }
        bytes.append(.quote)
    }
}
