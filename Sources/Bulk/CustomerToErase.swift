internal import API
public import ContactStore
internal import Identifiers

extension ErasureSubject {
    /// The customer whom a file names, as the body of `POST /erase` does.
    /// - Parameters:
    ///   - path: "-" for standard input.
    ///   - rule: Of a database that was connected to.
    /// - Throws: `ErasureError`, `FileError`.
    public init(namedIn path: String, rule: DatabaseRule) throws {
        let file = try InputFile(path: path)
        var json: [UInt8] = []
        while case let piece = try file.read(), !piece.isEmpty { json += piece }
        do {
            try self.init(json: json, reader: IdentifierReader(rule.known))
        } catch {
            throw ErasureError(error.detail)
        }
    }
}
