internal import API
public import ContactStore
public import Identity

extension ErasureSubject {
    /// The customer whom a file names, as the body of `POST /erase` does.
    /// - Parameter path: "-" for standard input.
    /// - Throws: `ErasureError`, `FileError`.
    public init(namedIn path: String, rule: PhoneKeyRule) throws {
        let file = try InputFile(path: path)
        var json: [UInt8] = []
        while case let piece = try file.read(), !piece.isEmpty { json += piece }
        do {
            try self.init(json: json, rule: rule)
        } catch {
            throw ErasureError(error.detail)
        }
    }
}
