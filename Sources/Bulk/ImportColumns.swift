/// Where in a row the identifiers stand, and what links it to others.
struct ImportColumns {
    /// How a column is found.
    enum Choice: Equatable {
        /// By the names that are usual for it.
        case byName
        case named(String)
        /// There is none: the rows have no such identifier.
        case none
    }

    /// At least one of them is there.
    let email: Int?
    let phone: Int?
    let links: LinkColumns
    /// As the file names them.
    let used: [String]
    let unused: [String]

    private static let emailNames = [
        "email", "emailaddress", "emailid", "mail", "mailaddress", "useremail", "customeremail", "contactemail",
        "primaryemail",
    ]

    private static let phoneNames = [
        "phone", "phonenumber", "phoneno", "phonenum", "telephone", "telephonenumber", "tel", "telno", "mobile",
        "mobilephone", "mobilenumber", "mobileno", "cell", "cellphone", "cellnumber", "contactnumber", "contactphone",
        "userphone", "customerphone", "primaryphone",
    ]

    /// - Throws: `ImportError`.
    init(header: [[UInt8]], email: Choice = .byName, phone: Choice = .byName) throws(ImportError) {
        if header.isEmpty { throw .empty }
        let columns = HeaderNames(header)
        self.email = try columns.position(of: "e-mail", email, usual: ImportColumns.emailNames)
        self.phone = try columns.position(of: "phone", phone, usual: ImportColumns.phoneNames)
        if self.email == nil && self.phone == nil { throw .noColumns }
        if self.email == nil && email != .none { throw .oneColumn("e-mail", "email", columns.written) }
        if self.phone == nil && phone != .none { throw .oneColumn("phone", "phone", columns.written) }
        links = try LinkColumns(columns)
        let used = [self.email, self.phone].compactMap(\.self) + links.all
        self.used = used.map { columns.written[$0] }
        unused = columns.written.indices.filter { !used.contains($0) }.map { columns.written[$0] }
    }

    /// For a person, before the first row.
    var summary: String {
        "columns used: \(used.joined(separator: ", "))"
            + (unused.isEmpty ? "" : "; not used: \(unused.joined(separator: ", "))")
    }
}

/// Where the columns stand that say whose customer a row is: those of the take-home's table, and of our export.
struct LinkColumns {
    let id: Int?
    let target: Int?
    let precedence: Int?
    let deletedAt: Int?

    var all: [Int] { [id, target, precedence, deletedAt].compactMap(\.self) }

    /// - Throws: `ImportError`, where one of them can't be followed.
    init(_ columns: HeaderNames) throws(ImportError) {
        target = try columns.position(of: "link", .byName, usual: ["linkedid", "primarycontactid"])
        // Where nothing is linked, an id is a column like others.
        id = target == nil ? nil : try columns.position(of: "id", .byName, usual: ["id", "contactid"])
        precedence = try columns.position(of: "linkPrecedence", .byName, usual: ["linkprecedence"])
        deletedAt = try columns.position(of: "deletedAt", .byName, usual: ["deletedat"])
        if let precedence, target == nil { throw .links(columns.written[precedence], without: "linkedId") }
        if let target, id == nil, columns.plain[target] == "linkedid" {
            throw .links(columns.written[target], without: "id")
        }
    }
}

/// The first line of a file.
struct HeaderNames {
    /// Without control characters: they are shown.
    let written: [String]
    /// Letters and digits, in lower case: PostgreSQL makes phonenumber of phoneNumber, and others phone_number or E-Mail.
    let plain: [String]

    init(_ header: [[UInt8]]) {
        written = header.map { name in
            let shown = String(decoding: name, as: UTF8.self).unicodeScalars.filter {
                $0.properties.generalCategory != .control
            }
            return String(String.UnicodeScalarView(shown))
        }
        plain = written.map(HeaderNames.plain)
    }

    fileprivate func position(
        of what: String, _ choice: ImportColumns.Choice, usual: [String]
    ) throws(ImportError) -> Int? {
        let wanted: [String]
        switch choice {
        case .none: return nil
        case .byName: wanted = usual
        case .named(let name): wanted = [HeaderNames.plain(name)]
        }
        let positions = plain.indices.filter { wanted.contains(plain[$0]) }
        if case .named(let name) = choice, positions.isEmpty { throw .noColumn(name) }
        if positions.count > 1 { throw .several(what, positions.map { written[$0] }) }
        return positions.first
    }

    private static func plain(_ name: String) -> String {
        name.lowercased().filter { $0.isLetter || $0.isNumber }
    }
}
