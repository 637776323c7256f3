internal import Identity

/// The rows that were not imported, or not all of them, as they were written, behind the line where each begins and the reason:
/// a file that can be mended and imported as it is.
final class RejectsFile {
    /// As the file that is imported.
    enum Format {
        case csv(Table)
        case customers
    }

    /// How the rows of a CSV file look.
    struct Table {
        let dialect: CSVDialect
        /// As it was written.
        let header: ArraySlice<UInt8>
        let names: [String]
        let columns: ImportColumns
    }

    private static let ownNames = ["line", "reason"]

    private let output: OutputFile
    private let format: Format
    private let converter: TextConverter?
    /// The rows that others are linked to, as those call them.
    private var linkedRows: Set<RowID> = []

    /// Made anew, also where an import is resumed: that looks at every row again, from the first on.
    /// - Throws: `ImportError.sameFile`, `FileError`.
    init(path: String, besides input: InputFile, of text: InputText, _ format: Format) throws {
        if input.isFile(at: path) { throw ImportError.sameFile }
        output = try OutputFile(path: path)
        self.format = format
        converter = text.encoding.flatMap { TextConverter(fromUTF8To: $0.name) }
        if let mark = text.encoding?.mark { try output.write(mark) }
        if case .csv(let table) = format { try write(RejectsFile.ownNames, table.header, table) }
    }

    func write(_ row: ArraySlice<UInt8>, line: Int, because reason: String, link: ImportRow.Link?) throws {
        switch format {
        case .csv(let table):
            if let link { try write(link, line, table) }
            try write(["\(line)", reason], row, table)
        case .customers:
            // In front of the line's own members, if it is an object.
            let rest = row.first == UInt8(ascii: "{") ? row.dropFirst() : row
            try put(Array(#"{"line":\#(line),"reason":"\#(reason)","#.utf8) + rest + [.lineFeed])
        }
    }

    /// A row with what is known of the other, which was imported: so that the link leads somewhere.
    private func write(_ link: ImportRow.Link, _ line: Int, _ table: Table) throws {
        guard let id = RowID(link.id), linkedRows.insert(id).inserted else { return }
        let columns = table.columns
        var fields = [String?](repeating: nil, count: table.names.count)
        fields[columns.links.id!] = String(decoding: link.id, as: UTF8.self)
        if let email = columns.email { fields[email] = link.identifiers.email?.text }
        if let phone = columns.phone { fields[phone] = link.identifiers.phone?.text }
        let row = CSVWriter.row(fields, delimiter: table.dialect.delimiter).dropLast()
        try write([nil, "imported; the row of line \(line) is linked to it"], row, table)
    }

    private func write(_ own: [String?], _ row: ArraySlice<UInt8>, _ table: Table) throws {
        let dialect = table.dialect
        // The file may be one of rejects itself.
        let isOfRejects = table.names.starts(with: RejectsFile.ownNames)
        let rest = isOfRejects ? dialect.dropping(2, of: row) : row
        let first = CSVWriter.row(own, delimiter: dialect.delimiter).dropLast()
        try put(first + [dialect.delimiter] + rest + [dialect.lineEnd])
    }

    private func put(_ bytes: [UInt8]) throws {
        try output.write(converter?.convert(bytes) ?? bytes)
    }

    func close() throws {
        try output.flush()
    }
}
