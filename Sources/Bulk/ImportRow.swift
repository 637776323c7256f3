internal import API
internal import ContactStore
internal import Identity

/// A row of a file, and what it means.
struct ImportRow {
    enum Meaning {
        /// More than one are a customer with many identifiers.
        case rows([BatchRow])
        case deleted
        /// Never holds a value.
        case rejected(String)
    }

    let line: Int
    /// As it stands in the file.
    let written: ArraySlice<UInt8>
    let meaning: Meaning
    /// Of a row that is linked to one that was imported.
    var link: Link?

    /// What a row needs beside it in the file of rejects, so that the file can be imported by itself.
    struct Link {
        /// As the row calls the other.
        let id: [UInt8]
        let identifiers: Observation
    }
}

/// The rows of a file, one after the other.
protocol ImportRows: AnyObject {
    /// - Returns: `nil` at the end.
    /// - Throws: `FileError`.
    func next() throws(FileError) -> ImportRow?
}

/// The rows of an export in NDJSON, each a customer.
final class CustomerLines: ImportRows {
    private var reader: LineReader
    private let check: RowCheck

    init(_ text: InputText, check: RowCheck) {
        reader = LineReader(text)
        self.check = check
    }

    /// Whether the text begins with a customer, as far as its beginning shows.
    static func begin(_ text: InputText) -> Bool {
        let first = text.beginning.split(separator: .lineFeed, maxSplits: 1, omittingEmptySubsequences: false)
        return first.count == 1 && text.beginning.count >= InputText.beginningSize
            || CustomerLine(Array(first[0])) != nil
    }

    func next() throws(FileError) -> ImportRow? {
        guard let (line, written) = try reader.next() else { return nil }
        return ImportRow(line: line, written: written, meaning: meaning(of: written))
    }

    private func meaning(of written: ArraySlice<UInt8>) -> ImportRow.Meaning {
        guard let customer = CustomerLine(Array(written)) else {
            return .rejected("the line is not a customer as identityd export writes it")
        }
        var pairs: [(String, String)] = [(customer.emails.first ?? "", customer.phoneNumbers.first ?? "")]
        pairs += customer.emails.dropFirst().map { ($0, "") } + customer.phoneNumbers.dropFirst().map { ("", $0) }
        var rows: [BatchRow] = []
        var first: Observation?
        do {
            for (email, phone) in pairs {
                let observation = try check.observation(of: [Array(email.utf8), Array(phone.utf8)])
                rows.append(BatchRow(observation, linkedTo: first))
                first = first ?? observation
            }
        } catch {
            return .rejected(error.reason)
        }
        return .rows(rows)
    }
}
