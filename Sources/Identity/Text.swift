extension String {
    /// Without the white space (Unicode's White_Space) at both ends.
    var trimmed: String {
        let scalars = unicodeScalars
        guard
            let first = scalars.firstIndex(where: { !$0.properties.isWhitespace }),
            let last = scalars.lastIndex(where: { !$0.properties.isWhitespace })
        else { return "" }
        return String(scalars[first...last])
    }
}

extension Unicode.Scalar {
    var isSpaceOrControl: Bool {
        properties.isWhitespace || properties.generalCategory == .control
    }
}

extension UInt8 {
    /// As an ASCII character.
    var isDigit: Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(self) }
}
