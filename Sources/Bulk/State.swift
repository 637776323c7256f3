internal import ContactStore
public import Settings

/// All that is stored, as a file: rows in JSON, one a line.
public enum State {
    /// - Parameter descriptor: Where it is written, and closed.
    /// - Throws: `FileError`, `SchemaError`, `DatabaseError`.
    public static func export(_ settings: Settings, to descriptor: Int32, name: String) throws {
        let output = OutputFile(descriptor: descriptor, name: name)
        try StateExport.read(settings.databaseURL, standby: settings.standby) { line in
            try output.write(line.utf8)
            try output.write(CollectionOfOne(UInt8(ascii: "\n")))
        }
        try output.flush()
    }

    /// - Parameter path: "-" for standard input.
    /// - Returns: How many contacts it had, erased ones too.
    /// - Throws: `FileError`, `ImportError`, `StateError`, `SchemaError`, `DatabaseError`.
    public static func restore(from path: String, into database: String) throws -> Int {
        let state = try StateImport(database: database)
        var lines = LineReader(try InputText(InputFile(path: path), encoding: nil))
        while let line = try lines.next() { try state.take(String(decoding: line.written, as: UTF8.self)) }
        try state.finish()
        return state.contacts
    }
}
