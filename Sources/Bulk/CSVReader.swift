/// Reads a CSV file (RFC 4180) with a header, one row at a time, in bounded memory.
///
/// Lines may end with LF or CRLF, or all with CR, the last one with none. A byte order mark at the beginning, and empty lines,
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

    private(set) var dialect = CSVDialect()
    /// The fields of the first row; empty if there is no row.
    private(set) var header: [[UInt8]] = []
    /// The first row as it stands in the file.
    private(set) var writtenHeader: ArraySlice<UInt8> = []
    /// What is wrong with the first row.
    private(set) var headerFault: String?

    /// The next piece of the file; empty at its end.
    private let read: () throws(FileError) -> [UInt8]
    private let longestRow: Int
    /// What was read and, from `start` on, not taken yet. At the file's end it ends with a line feed.
    private var buffer: [UInt8] = []
    private var start = 0
    private var line = 1
    private var isAtEnd = false
    /// What ends lines is known.
    private var isBegun = false

    init(_ text: InputText, delimiter: UInt8? = nil) throws(FileError) {
        try self.init(delimiter: delimiter) { () throws(FileError) in try text.read() }
    }

    /// - Throws: What `read` throws.
    init(
        longestRow: Int = CSVReader.longestRow, delimiter: UInt8? = nil,
        reading read: @escaping () throws(FileError) -> [UInt8]
    ) throws(FileError) {
        self.longestRow = longestRow
        self.read = read
        var end: Int?
        repeat {
            try fill()
            end = CSVDialect.firstLineEnd(in: buffer.prefix(longestRow))
        } while end == nil && buffer.count < longestRow && !isAtEnd
        if buffer.starts(with: ByteOrderMark.utf8) { start = ByteOrderMark.utf8.count }
        let firstLine = start
        let beginning = buffer[start..<max(start, end ?? min(longestRow, buffer.count))]
        (dialect, start) = CSVDialect.detect(in: beginning, delimiter: delimiter)
        if start > firstLine { line += 1 }
        isBegun = true
        if isAtEnd { endLastLine() }
        guard let first = try next() else { return }
        writtenHeader = first.written
        switch first.content {
        case .fields(let fields): header = fields
        case .fault(let reason): headerFault = reason
        }
    }

    /// - Returns: `nil` at the end.
    /// - Throws: `FileError`.
    mutating func next() throws(FileError) -> Row? {
        while true {
            let window = buffer[start...].prefix(longestRow)
            if let (content, end) = CSVRecord.scan(window, dialect) {
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
        line += written.count { $0 == dialect.lineEnd } + 1
        start = end
        return Row(line: first, content: content, written: withoutCarriageReturn(written))
    }

    /// However long it is, but no more of it than a row may have.
    private mutating func takeLine() throws(FileError) -> ArraySlice<UInt8> {
        var written: ArraySlice<UInt8> = []
        while true {
            let rest = buffer[start...]
            let end = rest.firstIndex(of: dialect.lineEnd)
            written = (written + rest[..<(end ?? rest.endIndex)]).prefix(longestRow)
            start = end.map { $0 + 1 } ?? buffer.count
            if end != nil || isAtEnd { break }
            try fill()
        }
        line += 1
        return withoutCarriageReturn(written)
    }

    private mutating func fill() throws(FileError) {
        let piece = try read()
        buffer.removeFirst(start)
        start = 0
        buffer += piece
        isAtEnd = piece.isEmpty
        if isAtEnd && isBegun { endLastLine() }
    }

    private mutating func endLastLine() {
        if let last = buffer.last, last != dialect.lineEnd { buffer.append(dialect.lineEnd) }
    }

    private func withoutCarriageReturn(_ written: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        dialect.lineEnd == .lineFeed && written.last == .carriageReturn ? written.dropLast() : written
    }
}

/// One record of a CSV file (RFC 4180, 2).
enum CSVRecord: Equatable {
    /// None of them is an empty line: a line of two quotes has a field, which is empty.
    case fields([[UInt8]])
    /// What is wrong with it; goes on after "the row".
    case fault(String)

    private enum Place {
        case fieldStart
        case unquoted
        case quoted
        /// Behind a quote in a quoted field: its end, or the first half of a quote that belongs to it.
        case behindQuote
    }

    var isEmptyLine: Bool {
        if case .fields(let fields) = self { fields.isEmpty } else { false }
    }

    /// The record that `bytes` begin with, and where it ends, behind its line feed, or is at fault.
    /// - Returns: `nil` where it does not end in `bytes`.
    static func scan(_ bytes: ArraySlice<UInt8>, _ dialect: CSVDialect) -> (CSVRecord, end: Int)? {
        var fields: [[UInt8]] = []
        var field: [UInt8] = []
        var place = Place.fieldStart
        for (index, byte) in zip(bytes.indices, bytes) {
            switch (place, byte) {
            case (.quoted, .quote):
                place = .behindQuote
            case (.quoted, _):
                field.append(byte)
            case (.fieldStart, .quote):
                place = .quoted
            case (.behindQuote, .quote):
                field.append(byte)
                place = .quoted
            case (_, dialect.delimiter):
                fields.append(field)
                field.removeAll(keepingCapacity: true)
                place = .fieldStart
            case (_, dialect.lineEnd):
                if dialect.lineEnd == .lineFeed && field.last == .carriageReturn && place == .unquoted {
                    field.removeLast()
                }
                let isEmptyLine = fields.isEmpty && field.isEmpty && place != .behindQuote
                if !isEmptyLine { fields.append(field) }
                return (.fields(fields), index + 1)
            case (.behindQuote, .carriageReturn)
            where index + 1 == bytes.endIndex || bytes[index + 1] == dialect.lineEnd:
                continue
            case (.behindQuote, _):
                return (.fault("has something between a closing quote and the delimiter"), index)
            case (.unquoted, .quote):
                return (.fault("has a quote in a field that does not begin with one"), index)
            case (.fieldStart, _), (.unquoted, _):
                field.append(byte)
                place = .unquoted
            }
        }
        return nil
    }
}
