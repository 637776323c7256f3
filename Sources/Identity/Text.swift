extension String {
    /// `==` also takes a composed and a decomposed letter for the same.
    public func hasSameBytes(as other: String) -> Bool {
        var (one, other) = (self, other)
        return one.withUTF8 { one in other.withUTF8 { other in one.count == other.count && one.elementsEqual(other) } }
    }

    /// Without the white space (Unicode's White_Space) at both ends.
    var trimmed: String {
        let scalars = unicodeScalars
        guard
            let first = scalars.firstIndex(where: { !$0.isSpace }),
            let last = scalars.lastIndex(where: { !$0.isSpace })
        else { return "" }
        return String(scalars[first...last])
    }
}

extension Unicode.Scalar {
    // Unicode's tables are asked only for what is not ASCII: in e-mails that is next to nothing.

    fileprivate var isSpace: Bool {
        isASCII ? (0x09...0x0D).contains(value) || value == 0x20 : properties.isWhitespace
    }

    var isSpaceOrControl: Bool {
        isASCII ? value <= 0x20 || value == 0x7F : properties.isWhitespace || properties.generalCategory == .control
    }
}

extension UInt8 {
    /// As an ASCII character.
    var isDigit: Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(self) }
}
