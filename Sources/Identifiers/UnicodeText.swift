internal import CIdentifiers

// What ICU knows of characters. Most texts are ASCII and need not ask it.

extension Unicode.Scalar {
    /// Not seen at all: format characters, variation selectors and their like.
    var isIgnored: Bool { !isASCII && ci_kind_of(value) == ci_ignored }

    /// Any Unicode blank, a tab or the end of a line.
    var isBlank: Bool { isASCII ? (0x09...0x0D).contains(value) || value == 0x20 : ci_kind_of(value) == ci_blank }

    /// A blank that is no space of any width.
    var isTabOrLineEnd: Bool { (0x09...0x0D).contains(value) || value == 0x85 || value == 0x2028 || value == 0x2029 }

    var isDash: Bool { isASCII ? self == "-" : ci_kind_of(value) == ci_dash }

    /// A control character, or one that Unicode gives no meaning.
    var isMeaningless: Bool { isASCII ? value < 0x20 || value == 0x7F : ci_kind_of(value) == ci_meaningless }

    /// A character such as the Kelvin sign, of which normalization makes an ASCII one.
    var isASCIIDouble: Bool { !isASCII && ci_kind_of(value) == ci_ascii_double }

    /// A decimal digit of any script, as an ASCII digit.
    var digit: Unicode.Scalar? {
        if isASCII { return isASCIIDigit ? self : nil }
        let value = ci_digit(value)
        return value < 0 ? nil : Unicode.Scalar(UInt8(ascii: "0") + UInt8(value))
    }

    var isASCIIDigit: Bool { ("0"..."9").contains(self) }

    var isASCIILetter: Bool { ("a"..."z").contains(self) || ("A"..."Z").contains(self) }
}

extension String {
    /// (A view of scalars is filled ten times as slowly.)
    init(scalars: some Sequence<Unicode.Scalar>) {
        self.init(decoding: scalars.flatMap { UTF8.encode($0)! }, as: UTF8.self)
    }

    /// In lower case and NFC. `nil` where that needs more room, in bytes.
    func lowered(room: Int) -> String? {
        var text = self
        let result = String(unsafeUninitializedCapacity: room) { result in
            text.withUTF8 { ci_lower($0.baseAddress, $0.count, result.baseAddress, room) }
        }
        return result.isEmpty ? nil : result
    }
}

/// A domain as UTS 46 has it, in Unicode.
struct InternationalDomain {
    let text: String
    /// How many bytes it has as it is sent, in Punycode.
    let asciiLength: Int

    /// `nil` where the text is no domain, or needs more room, in bytes.
    init?(_ text: String, room: Int) {
        var text = text
        var asciiLength = 0
        self.text = String(unsafeUninitializedCapacity: room) { result in
            text.withUTF8 { ci_domain($0.baseAddress, $0.count, result.baseAddress, room, &asciiLength) }
        }
        self.asciiLength = asciiLength
        if self.text.isEmpty { return nil }
    }
}
