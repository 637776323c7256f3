/// What a file looks like that is no CSV, by its first bytes.
enum FileKind {
    /// Magic numbers (file(1)), and what to do instead.
    private static let marks: [(bytes: [UInt8], advice: String)] = [
        ([0x1F, 0x8B], "is compressed with gzip; unpack it on the way: gunzip --stdout FILE | identityd import -"),
        (
            [0x28, 0xB5, 0x2F, 0xFD],
            "is compressed with zstd; unpack it on the way: zstd -dc FILE | identityd import -"
        ),
        (
            [0xFD] + Array("7zXZ\0".utf8),
            "is compressed with xz; unpack it on the way: xz -dc FILE | identityd import -"
        ),
        (Array("BZh".utf8), "is compressed with bzip2; unpack it on the way: bzip2 -dc FILE | identityd import -"),
        (
            Array("PK\u{3}\u{4}".utf8),
            "looks like a zip archive or a workbook (xlsx, ods); save the sheet as CSV, or unpack the archive"
        ),
        ([0xD0, 0xCF, 0x11, 0xE0], "looks like an old workbook (xls); save the sheet as CSV"),
        (Array("%PDF".utf8), "looks like a PDF; it must be CSV"),
        (Array("PGDMP".utf8), "looks like a dump of pg_dump; write the table with \\copy (docs/import.md)"),
        (Array("PAR1".utf8), "looks like Parquet; it must be CSV"),
        (Array("SQLite format".utf8), "looks like a SQLite database; write the table as CSV"),
        (Array("<".utf8), "looks like HTML or XML; it must be CSV"),
        (
            Array("[".utf8),
            "looks like a JSON array; it must be CSV, or a customer a line as identityd export writes it"
        ),
    ]

    /// - Parameter beginning: Behind white space; of a short file all of it.
    /// - Returns: `nil` for what may be CSV. Goes on after "the file".
    static func advice(for beginning: ArraySlice<UInt8>) -> String? {
        if let mark = marks.first(where: { beginning.starts(with: $0.bytes) }) { return mark.advice }
        guard let zero = beginning.prefix(4096).firstIndex(of: 0) else { return nil }
        switch zero - beginning.startIndex {
        case 0: return "looks like UTF-16; give --encoding UTF-16BE"
        case 1: return "looks like UTF-16; give --encoding UTF-16LE"
        default: return "looks binary; it must be CSV"
        }
    }
}
