/// Reads a CSV file (RFC 4180) with a header, one row at a time, in bounded memory.
///
/// Lines may end with LF or CRLF, the last one with neither. A byte order mark at the beginning, and empty lines,
/// are ignored. What is not a row is given as a fault, and reading goes on after its first line: a quote
/// that is never closed costs the row that it stands in, and no other.
struct CSVReader {
    struct Row: Equatable {
        /// The line where it begins, counted from 1. (A quoted field may hold line breaks.)
        let line: Int
        let content: CSVRecord
        /// As it stands in the file, without the line's end.
        let written: ArraySlice<UInt8>
    }

    /// The longest row, in bytes: room for hundreds of columns.
    static let longestRow = 64 * 1024

    private static let byteOrderMark: [UInt8] = [0xEF, 0xBB, 0xBF]

    /// The fields of the first row; empty if there is no row.
    private(set) var header: [[UInt8]] = []

    /// The next piece of the file; empty at its end.
    private let read: () throws(FileError) -> [UInt8]
    private let longestRow: Int
    /// What was read and, from `start` on, not taken yet. At the file's end it ends with a line feed.
    private var buffer: [UInt8] = []
    private var start = 0
    private var line = 1
    private var isAtEnd = false

    init(_ file: InputFile) throws(FileError) {
        try self.init { () throws(FileError) in try file.read() }
    }

    /// - Throws: What `read` throws.
    init(
        longestRow: Int = CSVReader.longestRow, reading read: @escaping () throws(FileError) -> [UInt8]
    ) throws(FileError) {
        self.longestRow = longestRow
        self.read = read
        // A pipe may give less than that at first.
        while buffer.count < CSVReader.byteOrderMark.count && !isAtEnd { try fill() }
        if buffer.starts(with: CSVReader.byteOrderMark) { start = CSVReader.byteOrderMark.count }
        if case .fields(let fields) = try next()?.content { header = fields }
    }

    /// - Returns: `nil` at the end.
    /// - Throws: `FileError`.
    mutating func next() throws(FileError) -> Row? {
        while true {
            let window = buffer[start...].prefix(longestRow)
            if let (content, end) = CSVRecord.scan(window) {
                let row = try take(checked(content), upTo: end)
                if !content.isEmptyLine { return row }
            } else if window.count == longestRow || isAtEnd && !window.isEmpty {
                return try take(.fault("has a quote that is not closed, or more than 64 KiB"), upTo: start)
            } else if isAtEnd {
                return nil
            } else {
                try fill()
            }
        }
    }

    private func checked(_ content: CSVRecord) -> CSVRecord {
        guard case .fields(let fields) = content, !header.isEmpty, fields.count != header.count, !content.isEmptyLine
        else { return content }
        return .fault("has \(fields.count) fields, and the header \(header.count)")
    }

    private mutating func take(_ content: CSVRecord, upTo end: Int) throws(FileError) -> Row {
        let first = line
        if case .fault = content {
            return Row(line: first, content: content, written: try takeLine())
        }
        let written = buffer[start..<(end - 1)]
        line += written.count { $0 == .lineFeed } + 1
        start = end
        return Row(line: first, content: content, written: written.withoutCarriageReturn)
    }

    /// However long it is, but no more of it than a row may have.
    private mutating func takeLine() throws(FileError) -> ArraySlice<UInt8> {
        var written: ArraySlice<UInt8> = []
        while true {
            let rest = buffer[start...]
            let end = rest.firstIndex(of: .lineFeed)
            written = (written + rest[..<(end ?? rest.endIndex)]).prefix(longestRow)
            start = end.map { $0 + 1 } ?? buffer.count
            if end != nil || isAtEnd { break }
            try fill()
        }
        line += 1
        return written.withoutCarriageReturn
    }

    private mutating func fill() throws(FileError) {
        let piece = try read()
        buffer.removeFirst(start)
        start = 0
        buffer += piece
        isAtEnd = piece.isEmpty
        if isAtEnd, let last = buffer.last, last != .lineFeed { buffer.append(.lineFeed) }
    }
}

extension ArraySlice<UInt8> {
    fileprivate var withoutCarriageReturn: Self { last == .carriageReturn ? dropLast() : self }
}
