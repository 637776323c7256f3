/// The text of a file, in UTF-8 whatever its encoding.
final class InputText {
    /// Enough to see what a file is, and how its lines look.
    static let beginningSize = 64 * 1024

    /// Where it is not UTF-8: its name, and what stood before its first character.
    let encoding: (name: String, mark: [UInt8])?
    /// In UTF-8.
    let beginning: [UInt8]

    private let file: InputFile
    private let converter: TextConverter?
    private var isBegun = false

    /// - Parameter encoding: As iconv names it; `nil` for what the file's byte order mark says, or UTF-8.
    /// - Throws: `FileError`, `ImportError`.
    init(_ file: InputFile, encoding: String?) throws {
        var first: [UInt8] = []
        // No further than the first line: a pipe may be slow.
        while first.count < InputText.beginningSize, !first.contains(.lineFeed), case let piece = try file.read(),
            !piece.isEmpty
        { first += piece }
        let mark = ByteOrderMark.all.first { first.starts(with: $0.bytes) }
        let name = encoding.map(TextConverter.plainName)
        if let mark, name == nil || mark.names.contains(name!) {
            self.encoding = (mark.encoding, mark.bytes)
        } else {
            self.encoding = name == nil || name == "UTF8" ? nil : (encoding!, [])
        }
        if let encoding = self.encoding {
            guard let converter = TextConverter(toUTF8From: encoding.name) else {
                throw ImportError.encoding(encoding.name)
            }
            self.converter = converter
            beginning = converter.convert(Array(first.dropFirst(encoding.mark.count)))
        } else {
            converter = nil
            beginning = first
        }
        self.file = file
        let start = beginning.starts(with: ByteOrderMark.utf8) ? ByteOrderMark.utf8.count : 0
        let visible = beginning[start...].drop(while: \.isSpace)
        if let advice = FileKind.advice(for: visible) { throw ImportError.kind(advice) }
    }

    /// The next piece; empty at the end.
    /// - Throws: `FileError`.
    func read() throws(FileError) -> [UInt8] {
        if !isBegun {
            isBegun = true
            if !beginning.isEmpty { return beginning }
        }
        guard let converter else { return try file.read() }
        while true {
            let piece = try file.read()
            let text = converter.convert(piece)
            // A piece may hold but the first half of a character.
            if !text.isEmpty || piece.isEmpty { return text }
        }
    }
}

/// Unicode 15, 23.8: U+FEFF at the beginning tells the encoding.
struct ByteOrderMark {
    static let utf8: [UInt8] = [0xEF, 0xBB, 0xBF]

    let bytes: [UInt8]
    let encoding: String
    /// Encodings, letters and digits alone, that the mark is the beginning of.
    let names: [String]

    /// The longer before what they begin with.
    static let all = [
        ByteOrderMark(bytes: [0xFF, 0xFE, 0, 0], encoding: "UTF-32LE", names: ["UTF32", "UTF32LE"]),
        ByteOrderMark(bytes: [0, 0, 0xFE, 0xFF], encoding: "UTF-32BE", names: ["UTF32", "UTF32BE"]),
        ByteOrderMark(bytes: [0xFF, 0xFE], encoding: "UTF-16LE", names: ["UTF16", "UTF16LE"]),
        ByteOrderMark(bytes: [0xFE, 0xFF], encoding: "UTF-16BE", names: ["UTF16", "UTF16BE"]),
    ]
}
