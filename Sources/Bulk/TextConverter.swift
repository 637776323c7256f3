internal import Glibc

/// Turns text of one encoding into another's, by iconv(3), piece by piece.
///
/// Text that is no character of its encoding is not lost: each such byte becomes three that are none in UTF-8, so that the
/// row is rejected, and which turn into that byte again on the way back.
final class TextConverter {
    /// Never in UTF-8, and first of what stands for a byte.
    private static let mark: UInt8 = 0xFF

    private let descriptor: iconv_t
    /// Of the smallest part of a character.
    private let unit: Int
    private let isBackward: Bool
    /// The first bytes of a character whose others are to come.
    private var rest: [UInt8] = []

    /// - Parameter encoding: As `iconv --list` has it.
    /// - Returns: `nil` where there is no such encoding.
    init?(toUTF8From encoding: String) {
        descriptor = iconv_open("UTF-8", encoding)
        let name = TextConverter.plainName(encoding)
        unit =
            name.hasPrefix("UTF16") || name.hasPrefix("UCS2")
            ? 2 : name.hasPrefix("UTF32") || name.hasPrefix("UCS4") ? 4 : 1
        isBackward = false
        if descriptor == iconv_t(bitPattern: -1) { return nil }
    }

    init?(fromUTF8To encoding: String) {
        descriptor = iconv_open(encoding, "UTF-8")
        unit = 1
        isBackward = true
        if descriptor == iconv_t(bitPattern: -1) { return nil }
    }

    /// As all spellings of it have it: `UTF16LE` of utf-16le.
    static func plainName(_ encoding: String) -> String {
        encoding.uppercased().filter { $0.isLetter || $0.isNumber }
    }

    deinit {
        iconv_close(descriptor)
    }

    /// - Parameter bytes: The next piece; empty at the end.
    func convert(_ bytes: [UInt8]) -> [UInt8] {
        var input = rest + bytes
        rest = []
        var output: [UInt8] = []
        var start = 0
        while start < input.count {
            let failure = convert(&input, from: &start, to: &output)
            switch failure {
            case nil, E2BIG: continue
            case EINVAL where !bytes.isEmpty && !isBackward:
                rest = Array(input[start...])
                return output
            default: skip(input, &start, &output)
            }
        }
        return output
    }

    /// - Returns: What errno says, if it did not come to the end.
    private func convert(_ input: inout [UInt8], from start: inout Int, to output: inout [UInt8]) -> Int32? {
        var failure: Int32?
        let space = (input.count - start) * 2 + 64
        let converted = [UInt8](unsafeUninitializedCapacity: space) { buffer, count in
            input.withUnsafeMutableBytes { bytes in
                var from: UnsafeMutablePointer<CChar>? = bytes.baseAddress!.assumingMemoryBound(to: CChar.self) + start
                var fromLeft = bytes.count - start
                buffer.baseAddress!.withMemoryRebound(to: CChar.self, capacity: space) { pointer in
                    var to: UnsafeMutablePointer<CChar>? = pointer
                    var toLeft = space
                    if iconv(descriptor, &from, &fromLeft, &to, &toLeft) == -1 { failure = errno }
                    count = space - toLeft
                }
                start = bytes.count - fromLeft
            }
        }
        output += converted
        return failure
    }

    private func skip(_ input: [UInt8], _ start: inout Int, _ output: inout [UInt8]) {
        let end = min(start + unit, input.count)
        if isBackward {
            if input[start] == TextConverter.mark, start + 2 < input.count {
                output.append(input[start + 1] << 4 | input[start + 2] & 0x0F)
                start += 3
            } else {
                start = end
            }
            return
        }
        for byte in input[start..<end] { output += [TextConverter.mark, 0xF0 | byte >> 4, 0xF0 | byte & 0x0F] }
        start = end
    }
}
