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
