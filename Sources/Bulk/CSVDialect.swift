/// How a CSV file parts its fields and its lines.
struct CSVDialect: Equatable {
    var delimiter = UInt8.comma
    /// LF, also where CR stands before it; CR in files of the old Mac.
    var lineEnd = UInt8.lineFeed

    /// What spreadsheets write, in order of preference.
    private static let delimiters = Array(",;\t|".utf8)

    /// Behind the first line that is not blank and ends with LF; `nil` where there is none.
    static func firstLineEnd(in bytes: ArraySlice<UInt8>) -> Int? {
        var isQuoted = false
        var isBlank = true
        for (index, byte) in zip(bytes.indices, bytes) {
            if byte == .quote { isQuoted.toggle() }
            if byte == .lineFeed && !isQuoted && !isBlank { return index + 1 }
            if byte != .lineFeed && byte != .carriageReturn { isBlank = false }
        }
        return nil
    }

    /// What the beginning of a file shows.
    /// - Parameters:
    ///   - beginning: Behind the byte order mark; the first line, if it is known.
    ///   - delimiter: Where it is known.
    /// - Returns: Also where the header begins: behind a line `sep=;`, by which Excel is told the delimiter.
    static func detect(in beginning: ArraySlice<UInt8>, delimiter: UInt8?) -> (CSVDialect, header: Int) {
        var dialect = CSVDialect()
        if unquoted(.lineFeed, in: beginning) == 0 && unquoted(.carriageReturn, in: beginning) > 0 {
            dialect.lineEnd = .carriageReturn
        }
        let lines = beginning.split(separator: dialect.lineEnd, maxSplits: 1, omittingEmptySubsequences: false)
        let first = (lines.first ?? []).filter { $0 != .quote && $0 != .carriageReturn }
        if lines.count == 2, first.count == 5, first.starts(with: "sep=".utf8) {
            dialect.delimiter = delimiter ?? first[4]
            return (dialect, lines[1].startIndex)
        }
        // Of the line of names, which holds no line break.
        let names = beginning.split(separator: dialect.lineEnd, maxSplits: 1).first ?? []
        let counts = delimiters.map { candidate in (candidate, unquoted(candidate, in: names)) }
        let most = counts.max { $0.1 < $1.1 }!
        let commas = counts[0].1
        dialect.delimiter = delimiter ?? (most.1 > commas ? most.0 : .comma)
        return (dialect, beginning.startIndex)
    }

    private static func unquoted(_ character: UInt8, in bytes: ArraySlice<UInt8>) -> Int {
        var isQuoted = false
        var count = 0
        for byte in bytes {
            if byte == .quote { isQuoted.toggle() } else if byte == character && !isQuoted { count += 1 }
        }
        return count
    }

    /// What is left of a row behind its first fields, as it was written.
    func dropping(_ fields: Int, of row: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        var isQuoted = false
        var left = fields
        for (index, byte) in zip(row.indices, row) {
            if byte == .quote { isQuoted.toggle() }
            if byte == delimiter && !isQuoted { left -= 1 }
            if left == 0 { return row[(index + 1)...] }
        }
        return row
    }
}

extension UInt8 {
    static let lineFeed = UInt8(ascii: "\n")
    static let carriageReturn = UInt8(ascii: "\r")
    static let quote = UInt8(ascii: "\"")
    static let comma = UInt8(ascii: ",")

    /// White space of ASCII.
    var isSpace: Bool { self == UInt8(ascii: " ") || (0x09...0x0D).contains(self) }
}
