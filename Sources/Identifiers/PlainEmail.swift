internal import Identity

extension Email {
    /// Reads what nearly all requests bring without asking ICU: ASCII, with nothing around the address but blanks, and no
    /// Punycode. `nil` is any other text, good or bad. What it reads, `EmailText` reads as the same, as a test sees.
    init?(plainASCII written: String) {
        var written = written
        let text = written.withUTF8 { bytes -> String? in
            guard let first = bytes.firstIndex(where: { !$0.isBlank }),
                let last = bytes.lastIndex(where: { !$0.isBlank })
            else { return nil }
            let address = UnsafeBufferPointer(rebasing: bytes[first...last])
            guard address.count <= Email.maximumBytes, let at = address.firstIndex(of: UInt8(ascii: "@")),
                isPlainName(address[..<at]), isPlainDomain(address[(at + 1)...])
            else { return nil }
            return String(unsafeUninitializedCapacity: address.count) { text in
                for index in address.indices { text.initializeElement(at: index, to: address[index].lowered) }
                return address.count
            }
        }
        guard let text else { return nil }
        self.init(stored: text)
    }
}

/// Atoms between single dots (RFC 5321, 4.1.2), and not as a template has them that was never filled in.
private func isPlainName(_ name: Slice<UnsafeBufferPointer<UInt8>>) -> Bool {
    guard EmailText.nameBytes.contains(name.count), name.first != UInt8(ascii: "%") else { return false }
    var isDotAllowed = false
    for byte in name {
        let isDot = byte == UInt8(ascii: ".")
        guard isDot ? isDotAllowed : byte.isAtomText else { return false }
        isDotAllowed = !isDot
    }
    return isDotAllowed
}

/// Letters, digits and hyphens (RFC 1123, 2.1), in labels of at most 63.
private func isPlainDomain(_ domain: Slice<UnsafeBufferPointer<UInt8>>) -> Bool {
    guard domain.count <= EmailText.domainBytes else { return false }
    var start = domain.startIndex
    while let dot = domain[start...].firstIndex(of: UInt8(ascii: ".")) {
        guard isPlainLabel(domain[start..<dot]) else { return false }
        start = dot + 1
    }
    return isPlainLabel(domain[start...])
}

private func isPlainLabel(_ label: Slice<UnsafeBufferPointer<UInt8>>) -> Bool {
    let hyphen = UInt8(ascii: "-")
    guard let first = label.first, first != hyphen, label.last != hyphen, label.count <= 63 else { return false }
    let isPunycode = first | 0x20 == UInt8(ascii: "x") && label.prefix(4).map(\.lowered).elementsEqual("xn--".utf8)
    return !isPunycode && label.allSatisfy { $0.isLetter || $0.isDigit || $0 == hyphen }
}

extension UInt8 {
    fileprivate var isBlank: Bool { (0x09...0x0D).contains(self) || self == 0x20 }

    fileprivate var isDigit: Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(self) }

    fileprivate var lowered: UInt8 { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(self) ? self | 0x20 : self }

    fileprivate var isLetter: Bool { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(self | 0x20) }

    fileprivate var isAtomText: Bool { isLetter || isDigit || EmailText.atomMarks.utf8.contains(self) }
}
