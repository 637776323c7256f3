import Foundation
import Testing

@testable import Bulk

@Suite("CSV is read")
struct CSVReaderTests {
    /// Each row as "line: field|field", or "line! what is wrong with it".
    private func read(_ text: String) throws -> [String] {
        try read(Data(text.utf8)).map(\.text)
    }

    private func read(_ data: Data) throws -> [CSVReader.Row] {
        let path = NSTemporaryDirectory() + "csv-\(UUID())"
        defer { try? FileManager.default.removeItem(atPath: path) }
        try data.write(to: URL(filePath: path))
        var reader = try CSVReader(InputText(InputFile(path: path), encoding: nil))
        var rows: [CSVReader.Row] = []
        while let row = try reader.next() { rows.append(row) }
        return rows
    }

    @Test(
        "whatever ends its lines",
        arguments: ["a,b\n1,2\n3,4\n", "a,b\r\n1,2\r\n3,4\r\n", "\u{FEFF}a,b\n1,2\n3,4", "a,b\r\n1,2\n3,4\r"])
    func lineEnds(text: String) throws {
        #expect(try read(text) == ["2: 1|2", "3: 3|4"])
    }

    @Test("with quotes, and what they keep together")
    func quotes() throws {
        #expect(
            try read("a,b\n\"1\",\"x \"\"y\"\"\"\n\"1,5\",\"two\r\nlines\"\r\n\"\",\n,\"\"\"\"\n")
                == ["2: 1|x \"y\"", "3: 1,5|two\r\nlines", "5: |", "6: |\""])
    }

    @Test("without its empty lines, which still count as lines")
    func emptyLines() throws {
        #expect(try read("a,b\n\n1,2\n\r\n\n3,4\n\n") == ["3: 1|2", "6: 3|4"])
        #expect(try read("a\n\n1\n\"\"\n") == ["3: 1", "4: "])
    }

    @Test("where it is empty, or holds a header alone")
    func nothing() throws {
        for text in ["", "\n", "\u{FEFF}", "a,b", "a,b\n"] { #expect(try read(text) == []) }
    }

    @Test(
        "past what is no row, with the next line",
        arguments: [
            ("1", "has 1 fields, and the header 2"), ("\"\"", "has 1 fields, and the header 2"),
            ("1,2,3", "has 3 fields, and the header 2"),
            ("1,x\"y", "has a quote in a field that does not begin with one"),
            ("1,\"x\"y", "has something between a closing quote and the delimiter"),
            ("1,\"x", "has a quote that is not closed, or more than 64 KiB"),
            ("\"1,2", "has a quote that is not closed, or more than 64 KiB"),
            ("1,\"x\ry", "has a quote that is not closed, or more than 64 KiB"),
            (String(repeating: "x", count: 700_000), "has a quote that is not closed, or more than 64 KiB"),
        ])
    func faults(row: String, reason: String) throws {
        #expect(try read("a,b\n1,2\n\(row)\n3,4\n5,6\n") == ["2: 1|2", "3! \(reason)", "4: 3|4", "5: 5|6"])
        #expect(try read("a,b\n1,2\n\(row)") == ["2: 1|2", "3! \(reason)"])
    }

    @Test("past a quote that closes where another row's begins: both rows are at fault, and none between them")
    func openQuote() throws {
        let rows = try read("a,b\n1,\"x\n3,4\n\"5\",6\n7,8\n")
        #expect(rows.map { $0.prefix(2) } == ["2!", "3:", "4:", "5:"])
    }

    @Test("over pieces of any size: 3,000 rows of all lengths, each as it was written")
    func pieces() throws {
        let expected = (0..<3000).map { number in
            ["\(number)", String(repeating: "\"\n,é", count: number % 97), String(repeating: "y", count: number % 53)]
        }
        var bytes = Data(CSVWriter.row(["a", "b", "c"]))
        for fields in expected { bytes += CSVWriter.row(fields) }
        let rows = try read(bytes)
        #expect(rows.map(\.fields) == expected)
        #expect(rows.last?.written.elementsEqual(CSVWriter.row(expected[2999]).dropLast()) == true)
    }
}

extension CSVReader.Row {
    fileprivate var fields: [String] {
        guard case .fields(let fields) = content else { return [] }
        return fields.map { String(decoding: $0, as: UTF8.self) }
    }

    fileprivate var text: String {
        if case .fault(let reason) = content { return "\(line)! \(reason)" }
        return "\(line): \(fields.joined(separator: "|"))"
    }
}
