public import Foundation

/// A history as JSON lines, an operation each.
public enum HistoryFile {
    public static func read(_ path: String) throws -> [Entry] {
        let decoder = JSONDecoder()
        return try Data(contentsOf: URL(filePath: path)).split(separator: UInt8(ascii: "\n")).map {
            try decoder.decode(Entry.self, from: $0)
        }
    }

    /// Behind what the file has.
    public static func append(_ operations: [Entry], to file: FileHandle) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        var lines = Data()
        for operation in operations {
            lines += try encoder.encode(operation)
            lines.append(UInt8(ascii: "\n"))
        }
        try file.write(contentsOf: lines)
    }
}
