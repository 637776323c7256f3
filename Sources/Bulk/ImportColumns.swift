/// Where in a row the identifiers stand.
struct ImportColumns {
    /// At least one of them is there.
    let email: Int?
    let phone: Int?

    /// - Parameters:
    ///   - email: The name of the column; `nil` for "email".
    ///   - phone: The name of the column; `nil` for "phone" or "phoneNumber".
    /// - Throws: `ImportError`.
    init(header: [[UInt8]], email: String?, phone: String?) throws(ImportError) {
        if header.isEmpty { throw .empty }
        let names = header.map { ImportColumns.plain(String(decoding: $0, as: UTF8.self)) }
        self.email = try ImportColumns.position(of: "email", named: email, or: ["email"], in: names)
        self.phone = try ImportColumns.position(of: "phone", named: phone, or: ["phone", "phonenumber"], in: names)
        if self.email == nil && self.phone == nil { throw .noColumns }
    }

    private static func position(
        of identifier: String, named name: String?, or fallbacks: [String], in names: [String]
    ) throws(ImportError) -> Int? {
        let wanted = name.map { [plain($0)] } ?? fallbacks
        let positions = names.indices.filter { wanted.contains(names[$0]) }
        if let name, positions.isEmpty { throw .noColumn(name) }
        if positions.count > 1 { throw .twice(identifier) }
        return positions.first
    }

    /// Letters and digits, in lower case: PostgreSQL makes phonenumber of phoneNumber, and others phone_number.
    private static func plain(_ name: String) -> String {
        name.lowercased().filter { $0.isLetter || $0.isNumber }
    }
}

/// Why an import can't begin, or can't go on. Never holds a value of the file.
public struct ImportError: Error, CustomStringConvertible, Equatable, Sendable {
    public let description: String

    static let empty = ImportError(description: "the file is empty; it must begin with a line of column names")

    static let noColumns = ImportError(
        description: """
            the first line must name the columns: an email, a phone (or phoneNumber), or both; where they have other \
            names, give those with --email-column and --phone-column
            """)

    static func noColumn(_ name: String) -> ImportError {
        ImportError(description: "the first line does not name the column \(name)")
    }

    static func twice(_ name: String) -> ImportError {
        ImportError(description: "the first line names more than one column for \(name)")
    }

    static let sameFile = ImportError(description: "--rejects names the file that is to be imported")

    static let givenUp = ImportError(
        description:
            "other writers kept changing the same customers for a minute; imported rows stay: start the import again")
}
