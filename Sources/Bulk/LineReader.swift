/// Reads a text line by line. A line ends with LF, or CRLF; empty ones are left out.
struct LineReader {
    /// In bytes: room for a customer of many thousand contacts.
    private static let longest = 16 * 1024 * 1024

    private let text: InputText
    private var buffer: [UInt8] = []
    private var start = 0
    private var line = 0

    init(_ text: InputText) {
        self.text = text
    }

    /// - Returns: `nil` at the end.
    /// - Throws: `FileError`.
    mutating func next() throws(FileError) -> (line: Int, written: ArraySlice<UInt8>)? {
        var searched = start
        while true {
            if let end = buffer[searched...].firstIndex(of: .lineFeed) {
                if let row = take(upTo: end) { return row }
                searched = start
                continue
            }
            searched = buffer.count - start
            buffer.removeFirst(start)
            start = 0
            let piece = buffer.count > LineReader.longest ? [] : try text.read()
            if piece.isEmpty { return take(upTo: buffer.endIndex) }
            buffer += piece
        }
    }

    private mutating func take(upTo end: Int) -> (line: Int, written: ArraySlice<UInt8>)? {
        guard start < buffer.count else { return nil }
        let row = buffer[start..<end]
        line += 1
        start = min(end + 1, buffer.count)
        let written = row.last == .carriageReturn ? row.dropLast() : row
        return written.allSatisfy { $0 <= 0x20 } ? nil : (line, written)
    }
}
