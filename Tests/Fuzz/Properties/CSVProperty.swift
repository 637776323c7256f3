import Identifiers
import Identity

@testable import Bulk

/// A file of rows is read whole: each row as it was written, in its place, with nothing between two rows but empty
/// lines; the same rows in whatever pieces the file comes; and each may be looked at by an import. What is read and
/// written again is read as the same.
///
/// The first byte says how many columns the header has, and in what pieces the file comes; the others are the rows.
func checkCSV(_ bytes: [UInt8]) throws {
    try checkHeader(bytes)
    guard let first = bytes.first else { return }
    let columns = ["email", "phone", "note", "more"].prefix(Int(first % 4) + 1)
    let file = Array(columns.joined(separator: ",").utf8) + [.lineFeed] + bytes.dropFirst()
    let (header, rows) = try read(file, piece: file.count)
    try require(header.map { String(decoding: $0, as: UTF8.self) } == Array(columns), "the header is read as another")
    try require(try read(file, piece: Int(first / 4) + 1).rows == rows, "pieces matter")

    try checkCoverage(of: file, by: rows)
    let reader = IdentifierReader(.plans(nil), remembering: 1)
    let check = RowCheck(
        columns: try ImportColumns(header: header, phone: header.count > 1 ? .byName : .none), reader: reader,
        blockList: blockList)
    for row in rows {
        guard case .fields(let fields) = row.content else { continue }
        _ = try? check.observation(of: fields)
        try require(fields.count == header.count, "a row has other columns than the header")
        try require(isWritten(row.written, fields), "a row holds what is not written there")
        let texts = fields.compactMap { String(validating: $0, as: UTF8.self) }
        guard texts.count == fields.count else { continue }
        let copy = CSVWriter.row(Array(columns)) + CSVWriter.row(texts)
        let again = try read(copy, piece: copy.count, longestRow: copy.count)
        guard case .fields(fields) = again.rows.first?.content, again.rows.count == 1 else {
            throw Violation("a row that is written again is read as another")
        }
    }
}

/// Of what begins in any way, such as with a byte order mark or half of one.
private func checkHeader(_ file: [UInt8]) throws {
    let (header, rows) = try read(file, piece: file.count)
    let pieces = try read(file, piece: 1)
    try require(header == pieces.header && rows == pieces.rows, "pieces of a byte matter")
}

private let blockList = BlockList.builtIn(reader: PhoneKeyRule.digitsAsWritten)

/// So short that some are longer.
private let longestRow = 128

private func read(
    _ file: [UInt8], piece: Int, longestRow: Int = longestRow
) throws -> (header: [[UInt8]], rows: [CSVReader.Row]) {
    var rest = file[...]
    var reader = try CSVReader(longestRow: longestRow) { () throws(FileError) in
        defer { rest = rest.dropFirst(piece) }
        return Array(rest.prefix(piece))
    }
    var rows: [CSVReader.Row] = []
    while let row = try reader.next() { rows.append(row) }
    return (reader.header, rows)
}

/// Of each row that it stands at the beginning of its line, and that there are but empty lines between it and the next.
private func checkCoverage(of file: [UInt8], by rows: [CSVReader.Row]) throws {
    var lines = file.split(separator: .lineFeed, omittingEmptySubsequences: false).map(Array.init).dropFirst()
    for row in rows {
        while lines.startIndex < row.line - 1, let line = lines.popFirst() {
            try require(line.isEmpty || line == [.carriageReturn], "a line is lost")
        }
        try require(lines.startIndex == row.line - 1, "a line is read twice")
        var taken: [UInt8] = []
        if case .fields = row.content {
            let count = row.written.count { $0 == .lineFeed } + 1
            taken = Array(lines.prefix(count).joined(separator: [.lineFeed]))
            lines.removeFirst(min(count, lines.count))
        } else {
            taken = Array((lines.popFirst() ?? []).prefix(longestRow))
        }
        if taken.last == .carriageReturn { taken.removeLast() }
        try require(taken.elementsEqual(row.written), "a row is not as it was written")
    }
    try require(lines.allSatisfy { $0.isEmpty || $0 == [.carriageReturn] }, "the last lines are lost")
}

/// Whether the fields stand there, each as it is or in quotes, and nothing else.
private func isWritten(_ written: ArraySlice<UInt8>, _ fields: [[UInt8]]) -> Bool {
    var rest = written
    for (index, field) in fields.enumerated() {
        if index > 0, rest.popFirst() != UInt8(ascii: ",") { return false }
        let quote = UInt8(ascii: "\"")
        let spelled = rest.first == quote ? [quote] + field.flatMap { $0 == quote ? [$0, $0] : [$0] } + [quote] : field
        guard rest.starts(with: spelled) else { return false }
        rest = rest.dropFirst(spelled.count)
    }
    return rest.isEmpty
}
