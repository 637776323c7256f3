/// Rows for COPY … FROM STDIN, in its text format, side by side in one buffer.
public struct CopyRows: Sendable {
    private(set) var bytes: [UInt8] = []
    public private(set) var count = 0

    public init() {}

    /// - Parameter values: One for each column, without NULs: PostgreSQL has no text that holds one.
    public mutating func append(_ values: (any ParameterValue)?...) {
        for (index, value) in values.enumerated() {
            if index > 0 { bytes.append(UInt8(ascii: "\t")) }
            append(value?.parameterText)
        }
        bytes.append(UInt8(ascii: "\n"))
        count += 1
    }

    /// What would end a column or a row, or begin an escape, is escaped (PostgreSQL 15, COPY, Text Format).
    private mutating func append(_ text: String?) {
        guard let text else {
            bytes.append(contentsOf: "\\N".utf8)
            return
        }
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\\"): bytes.append(contentsOf: "\\\\".utf8)
            case UInt8(ascii: "\t"): bytes.append(contentsOf: "\\t".utf8)
            case UInt8(ascii: "\n"): bytes.append(contentsOf: "\\n".utf8)
            case UInt8(ascii: "\r"): bytes.append(contentsOf: "\\r".utf8)
            default: bytes.append(byte)
            }
        }
    }
}
