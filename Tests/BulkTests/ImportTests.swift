import Bulk
import ContactStore
import Foundation
import Identity
import PostgreSQL
import Settings
import TestSupport
import Testing

/// A file that is there as long as a test.
final class TemporaryFile: Sendable {
    let path = NSTemporaryDirectory() + "import-\(UUID())"

    init(_ bytes: Data = Data()) throws {
        try bytes.write(to: URL(filePath: path))
    }

    convenience init(_ text: String) throws {
        try self.init(Data(text.utf8))
    }

    deinit {
        try? FileManager.default.removeItem(atPath: path)
    }

    var bytes: Data { (try? Data(contentsOf: URL(filePath: path))) ?? Data() }
    var text: String { String(decoding: bytes, as: UTF8.self) }
}

/// Rows with heavy sharing: a few identifiers tie all sorts of customers together.
struct SharedRows {
    let rows: [(email: String?, phone: String?)]

    init(_ count: Int, among identifiers: Int, seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        rows = (0..<count).map { _ in
            let email =
                Int.random(in: 0..<5, using: &random) > 0
                ? "E\(Int.random(in: 0..<identifiers, using: &random))'@x" : nil
            // Of each phone there are several spellings; the first is kept.
            let digits = "10\(Int.random(in: 0..<identifiers, using: &random))"
            let phone =
                email == nil || Int.random(in: 0..<5, using: &random) > 0
                ? [digits, "+\(digits)", "(1) \(digits.dropFirst())"].randomElement(using: &random) : nil
            return (email, phone)
        }
    }

    var csv: String {
        "email,phoneNumber\n"
            + rows.map { "\"\(($0.email ?? "").replacing("\"", with: "\"\""))\",\($0.phone ?? "")\n" }.joined()
    }
}

extension TestDatabase {
    @discardableResult
    func importFile(
        _ file: TemporaryFile, _ variables: [String: String] = [:], _ change: (inout Import.Order) -> Void = { _ in }
    ) throws -> ImportTally {
        var order = Import.Order(path: file.path)
        change(&order)
        return try withExtendedLifetime(file) {
            let settings = try Settings(environment: variables.merging(["DATABASE_URL": url]) { $1 })
            return try Import(order, settings: settings).run { _ in }
        }
    }
}

@Suite("An import")
struct ImportTests {
    let database: TestDatabase

    init() throws {
        database = try TestDatabase()
    }

    /// The sequence of merges is in the evidence's ids, and the age of contacts in theirs: all is compared.
    @Test(
        "writes what /identify would, row by row: each contact, id, owner and merge",
        arguments: [(1, 40), (2, 100), (3, 400), (4, 1300)] as [(UInt64, Int)])
    func equality(seed: UInt64, identifiers: Int) throws {
        let before = SharedRows(200, among: identifiers, seed: seed + 100)
        let shared = SharedRows(500, among: identifiers, seed: seed)
        let other = try TestDatabase()
        let store = try TestStore(other)
        for row in before.rows { _ = try store.identify(row.email, row.phone) }
        var outcomes: [Outcome: Int] = [:]
        for row in shared.rows { outcomes[try store.identify(row.email, row.phone).outcome, default: 0] += 1 }

        try database.importFile(TemporaryFile(before.csv))
        let tally = try database.importFile(TemporaryFile(shared.csv))
        #expect(tally.outcomes == outcomes)
        #expect(tally.rejected == 0)
        #expect(try database.contents() == other.contents())
        #expect(try database.findings() == [])

        // Again: all is known.
        let again = try database.importFile(TemporaryFile(shared.csv))
        #expect(again.outcomes == [.known: 500])
        #expect(try database.contents() == other.contents())
    }

    @Test("of more rows than a batch has goes on where the last batch ended")
    func batches() throws {
        let shared = SharedRows(10_000, among: 9000, seed: 5)
        var model = CustomerModel()
        for row in shared.rows {
            model.observe(email: row.email?.lowercased(), phone: row.phone.map { $0.filter(\.isNumber) })
        }
        let tally = try database.importFile(TemporaryFile(shared.csv))
        #expect(tally.outcomes.values.reduce(0, +) == 10_000)
        #expect(tally.outcomes.count == 4)
        #expect(try database.customers() == model.customers)
        #expect(try database.findings() == [])
    }

    private static let mixed =
        Data("Id,E-Mail,phone_number\n1,A@x,111111\n2,nobody,222222\n3,b@x,12\n4,,\n5,\"c@x\n".utf8)
        + Data([UInt8(ascii: "6"), UInt8(ascii: ","), 0xFF]) + Data("@x,\n7,d@x,(111) 111\n8,e@x\n".utf8)

    @Test("rejects rows, with line and reason, and takes the others")
    func rejects() throws {
        let rejects = try TemporaryFile()
        let tally = try database.importFile(TemporaryFile(ImportTests.mixed)) { $0.rejectsPath = rejects.path }
        #expect(tally.rows == 8)
        #expect(tally.rejected == 6)
        #expect(try database.customers() == [["email a@x", "phone 111111", "email d@x"]])
        #expect(
            rejects.text == """
                line,reason,Id,E-Mail,phone_number
                3,email needs one @ between two parts that are not empty,2,nobody,222222
                4,phoneNumber needs 3 to 15 digits,3,b@x,12
                5,the row has neither e-mail nor phone,4,,
                6,"the row has a quote that is not closed, or more than 64 KiB",5,"c@x
                7,the row is not in UTF-8,6,\u{FFFD}@x,
                9,"the row has 2 fields, and the header 3",8,e@x

                """)
        #expect(
            "\(tally)" == "8 rows: 0 known, 1 created, 1 linked, 0 merged; 6 rejected")
    }

    @Test("rejects a row of one quoted empty field wherever it stands, also when it is resumed")
    func emptyFields() throws {
        let file = try TemporaryFile("email,phone\n\"\"\n,\nann@hill.example,2025550101\n\"\"\n\"\"")
        for resumes in [false, true] {
            let rejects = try TemporaryFile()
            let tally = try database.importFile(file) {
                $0.rejectsPath = rejects.path
                $0.resumes = resumes
            }
            #expect(tally.rows == 5)
            #expect(tally.rejected == 4)
            #expect(
                rejects.text == """
                    line,reason,email,phone
                    2,"the row has 1 fields, and the header 2",""
                    3,the row has neither e-mail nor phone,,
                    5,"the row has 1 fields, and the header 2",""
                    6,"the row has 1 fields, and the header 2",""

                    """)
        }
        #expect(try database.customers() == [["email ann@hill.example", "phone 2025550101"]])
    }

    @Test("dry checks every row, and writes nothing")
    func dry() throws {
        let rejects = try TemporaryFile()
        let tally = try database.importFile(TemporaryFile(ImportTests.mixed)) {
            $0.rejectsPath = rejects.path
            $0.isDry = true
        }
        #expect("\(tally)" == "8 rows: 6 rejected")
        #expect(rejects.text.split(separator: "\n").count == 7)
        for table in ["contact", "evidence", "change", "import_progress", "identifier_rule"] {
            #expect(try database.count(table) == 0, "\(table)")
        }
        #expect(try database.run("SELECT is_called FROM contact_id_seq").bool(0, 0) == false)
    }

    @Test("takes columns by name, and refuses a file that does not name them")
    func columns() throws {
        let named = try TemporaryFile("mail,x,Tel\na@x,1,111111\n")
        try database.importFile(named) {
            $0.emailColumn = "mail"
            $0.phoneColumn = "tel"
        }
        #expect(try database.customers() == [["email a@x", "phone 111111"]])
        try database.importFile(TemporaryFile("PHONE\n111-112\n")) { $0.hasNoEmail = true }
        #expect(try database.count("contact") == 2)

        for (text, email) in [("", nil), ("one,other\n", nil), ("email,Email,phone\n", nil), ("email,phone\n", "mail")]
        {
            #expect(throws: ImportError.self) {
                try database.importFile(TemporaryFile(text)) { $0.emailColumn = email }
            }
        }
        #expect(throws: FileError.self) {
            try database.importFile(TemporaryFile("email,phone\n")) { $0.path = "/nowhere" }
        }
        let file = try TemporaryFile("email,phone\na@x,\n")
        #expect(throws: ImportError.self) { try database.importFile(file) { $0.rejectsPath = file.path } }
        #expect(file.text == "email,phone\na@x,\n")
    }

    @Test("resumed goes on behind the rows that were done, and looks at no others")
    func resume() throws {
        let file = try TemporaryFile("email,phone\na@x,\nb,\nc@x,\nd@x,\n")
        #expect(try database.importFile(file) { $0.resumes = true }.outcomes == [.created: 3])
        #expect(try database.count("import_progress WHERE rows = 4") == 1)
        try database.run("UPDATE import_progress SET rows = 3; TRUNCATE contact")
        let tally = try database.importFile(file) { $0.resumes = true }
        #expect(tally.outcomes == [.created: 1])
        #expect(tally.rejected == 1)
        #expect(try database.customers() == [["email d@x"]])
        // Another file begins at its beginning, and so does this one without --resume.
        #expect(try database.importFile(TemporaryFile("email,phone\na@x,\n")) { $0.resumes = true }.resumedBehind == 0)
        #expect(try database.importFile(file).outcomes == [.known: 2, .created: 1])
    }

    @Test("refuses to give ids that are in use")
    func sequenceBehind() throws {
        _ = try TestStore(database).identify("a@x", nil)
        try database.run("UPDATE contact SET id = 100")
        #expect(throws: SchemaError.idsInUse) {
            try database.importFile(TemporaryFile("email,phone\na@x,111111\n"))
        }
        #expect(try database.count("contact") == 1)
    }
}
