/// The rows that were not imported, as CSV: the line where each begins, the reason, and the row as it was written.
struct RejectsFile {
    private let output: OutputFile

    /// Made anew, also where an import is resumed: that looks at every row again, from the first on.
    /// - Throws: `ImportError.sameFile`, `FileError`.
    init(path: String, besides input: InputFile) throws {
        if input.isFile(at: path) { throw ImportError.sameFile }
        output = try OutputFile(path: path)
        try output.write(CSVWriter.row(["line", "reason", "row"]))
    }

    func write(_ written: ArraySlice<UInt8>, line: Int, because reason: String) throws {
        try output.write(CSVWriter.row(["\(line)", reason, String(decoding: written, as: UTF8.self)]))
    }

    func close() throws {
        try output.flush()
    }
}
