/// Why an import can't begin, or can't go on. Never holds a value of the file.
public struct ImportError: Error, CustomStringConvertible, Equatable, Sendable {
    public let description: String

    static let empty = ImportError(description: "the file is empty; it must begin with a line of column names")

    static func kind(_ advice: String) -> ImportError { ImportError(description: "the file \(advice)") }

    static let json = ImportError(
        description: """
            the file looks like JSON, but its first line is not a customer as identityd export writes it; it must be CSV, \
            or such lines
            """)

    static func encoding(_ name: String) -> ImportError {
        ImportError(description: "there is no encoding \(name); iconv --list shows all")
    }

    /// - Parameter fault: Goes on after "the row".
    static func header(_ fault: String) -> ImportError {
        ImportError(description: "the first line, of column names, \(fault)")
    }

    static let headerGoesOn = header("has a quote that is not closed: a name goes on over the line's end")

    static let noColumns = ImportError(
        description: """
            the first line must name the columns: an email, a phone (or phoneNumber), or both; where they have other \
            names, give those with --email-column and --phone-column
            """)

    static func oneColumn(_ missing: String, _ option: String, _ names: [String]) -> ImportError {
        ImportError(
            description: """
                no column for the \(missing) among \(names.joined(separator: ", ")); name it with \
                --\(option)-column, or say that there is none with --no-\(option)
                """)
    }

    static func noColumn(_ name: String) -> ImportError {
        ImportError(description: "the first line does not name the column \(name)")
    }

    static func several(_ what: String, _ names: [String]) -> ImportError {
        let option = ["e-mail": "email", "phone": "phone"][what].map { "; choose with --\($0)-column" }
        return ImportError(
            description: "more than one column for the \(what): \(names.joined(separator: ", "))\(option ?? "")")
    }

    static func links(_ column: String, without other: String) -> ImportError {
        ImportError(
            description: """
                the column \(column) links rows, which needs a column \(other) too; add it, or leave \(column) out if \
                the links are not to be kept
                """)
    }

    static let sameFile = ImportError(description: "--rejects names the file that is to be imported")

    static let givenUp = ImportError(
        description:
            "other writers kept changing the same customers for a minute; imported rows stay: start the import again")
}
