internal import Identity

/// What a file holds: rows of CSV, or the customers of an export in NDJSON.
struct ImportSource {
    private enum Content {
        case csv(CSVReader)
        case customers(InputText)
    }

    let columns: ImportColumns
    private let content: Content

    /// - Throws: `FileError`, `ImportError`.
    init(_ text: InputText, _ order: Import.Order) throws {
        if text.beginning.first == UInt8(ascii: "{") {
            guard CustomerLines.begin(text) else { throw ImportError.json }
            columns = try ImportColumns(
                header: [Array("emails".utf8), Array("phoneNumbers".utf8)], email: .named("emails"),
                phone: .named("phoneNumbers"))
            content = .customers(text)
            return
        }
        let reader = try CSVReader(text, delimiter: order.delimiter)
        if let fault = reader.headerFault { throw ImportError.header(fault) }
        do {
            columns = try ImportColumns(
                header: reader.header,
                email: order.hasNoEmail ? .none : order.emailColumn.map { .named($0) } ?? .byName,
                phone: order.hasNoPhone ? .none : order.phoneColumn.map { .named($0) } ?? .byName)
        } catch {
            // A quote that is closed by one of a later row.
            throw reader.writtenHeader.contains(reader.dialect.lineEnd) ? ImportError.headerGoesOn : error
        }
        content = .csv(reader)
    }

    /// What is used of the file, for a person.
    var summary: String {
        if case .customers = content { "a customer a line: emails and phoneNumbers are used" } else { columns.summary }
    }

    var rejects: RejectsFile.Format {
        guard case .csv(let reader) = content else { return .customers }
        return .csv(
            RejectsFile.Table(
                dialect: reader.dialect, header: reader.writtenHeader,
                names: reader.header.map { String(decoding: $0, as: UTF8.self) }, columns: columns))
    }

    func rows(_ check: RowCheck) -> any ImportRows {
        switch content {
        case .csv(let reader): CSVRows(reader, check: check)
        case .customers(let text): CustomerLines(text, check: check)
        }
    }
}
