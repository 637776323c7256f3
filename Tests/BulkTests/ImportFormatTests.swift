import Bulk
import Foundation
import Settings
import TestSupport
import Testing

@Suite("An import reads")
struct ImportFormatTests {
    let database: TestDatabase

    init() throws {
        database = try TestDatabase()
    }

    private static let ann: Set<Set<String>> = [["email ann@hill.example", "phone 2025550101"]]

    @Test(
        "what spreadsheets write",
        arguments: ["headers.csv", "semicolons.csv", "excel-sep.csv", "utf-16.csv", "empty-fields.csv"])
    func cases(name: String) throws {
        let tally = try database.importFile(caseFile(name))
        #expect(tally.rejected == (name == "empty-fields.csv" ? 2 : 0))
        #expect(try database.customers() == ImportFormatTests.ann)
    }

    @Test("lines of the old Mac")
    func carriageReturns() throws {
        let rejects = try TemporaryFile()
        try database.importFile(caseFile("carriage-returns.csv"))
        #expect(
            try database.customers()
                == ImportFormatTests.ann.union([["email bea@hill.example", "phone 2025550102"]]))
        let tally = try database.importFile(TemporaryFile("email,phone\r\"a\nb\",1\rc,2")) {
            $0.rejectsPath = rejects.path
        }
        #expect(tally.rejected == 2)
        #expect(
            rejects.text.hasSuffix(
                "character,\"a\nb\",1\r3,email needs one @ between two parts that are not empty,c,2\r"))
    }

    @Test("Latin-1 where it is told so, and else keeps the row as it is")
    func latin1() throws {
        let rejects = try TemporaryFile()
        let tally = try database.importFile(caseFile("latin-1.csv")) { $0.rejectsPath = rejects.path }
        #expect(tally.accepted == 0 && tally.rejected == 1)
        let row = try caseFile("latin-1.csv").bytes.split(separator: 0x0A)[1]
        #expect(rejects.bytes.suffix(row.count + 1) == row + [0x0A])
        #expect(rejects.bytes.contains(0xFC))
        try database.importFile(caseFile("latin-1.csv")) { $0.encoding = "ISO-8859-1" }
        #expect(try database.customers() == [["email jürgen@hill.example", "phone 2025550101"]])
        let again = try TestDatabase()
        try again.importFile(rejects) { $0.encoding = "latin1" }
        #expect(try again.customers() == database.customers())
    }

    /// The encodings as iconv(1) writes them.
    @Test(
        "each encoding that iconv knows, and writes rejects in it, byte for byte",
        arguments: [
            ("UTF-16", [0xFF, 0xFE]), ("UTF-16LE", []), ("UTF-16BE", [0xFE, 0xFF]), ("UTF-16BE", []),
            ("WINDOWS-1252", []),
            ("UTF-32LE", [0xFF, 0xFE, 0, 0]), ("UTF-8", [0xEF, 0xBB, 0xBF]), ("SHIFT-JIS", []),
        ] as [(String, [UInt8])])
    func encodings(name: String, mark: [UInt8]) throws {
        let umlaut = name == "SHIFT-JIS" ? "本" : "ü"
        // More than a piece that is read at once, in each encoding.
        let note = String(repeating: umlaut, count: 200)
        let rows = (0..<2000).map { "j\(umlaut)\($0)@x,100\($0),\(note)\n" }.joined()
        let encoding: String.Encoding =
            switch name {
            case "UTF-16", "UTF-16LE": .utf16LittleEndian
            case "UTF-16BE": .utf16BigEndian
            case "WINDOWS-1252": .windowsCP1252
            case "UTF-32LE": .utf32LittleEndian
            case "SHIFT-JIS": .shiftJIS
            default: .utf8
            }
        let bad = try #require("n\(umlaut)body,1,\n".data(using: encoding))
        let header = try #require("email,phone,note\n".data(using: encoding))
        let file = try TemporaryFile(mark + header + bad + #require(rows.data(using: encoding)))
        let rejects = try TemporaryFile()
        let tally = try database.importFile(file) {
            $0.encoding = mark.isEmpty ? name : nil
            $0.rejectsPath = rejects.path
        }
        #expect(tally.rows == 2001 && tally.rejected == 1)
        #expect(try database.count("contact WHERE email LIKE 'j\(umlaut)%@x'") == 2000)
        let text = "line,reason,email,phone,note\n2,email needs one @ between two parts that are not empty,"
        #expect(try rejects.bytes == (name == "UTF-8" ? [] : mark) + #require(text.data(using: encoding)) + bad)
    }

    @Test("a text that is broken in its encoding: the row is kept byte for byte, and no other is lost")
    func broken() throws {
        let row = Data([UInt8(ascii: "a"), 0, 0x00, 0xD8, UInt8(ascii: "@"), 0, UInt8(ascii: "x"), 0, 0x2C, 0, 0x0A, 0])
        let bytes = try #require("email,phone\nb@x,\n".data(using: .utf16LittleEndian))
        let last = try #require("c@x,\n".data(using: .utf16LittleEndian))
        let rejects = try TemporaryFile()
        let tally = try database.importFile(TemporaryFile([0xFF, 0xFE] + bytes + row + last)) {
            $0.rejectsPath = rejects.path
        }
        #expect(tally.rejected == 1 && tally.rows == 3)
        #expect(rejects.bytes.suffix(row.count) == row)
        #expect(rejects.bytes.starts(with: [0xFF, 0xFE]))
        #expect(throws: ImportError.self) {
            try database.importFile(TemporaryFile("email,phone\n")) { $0.encoding = "klingon" }
        }
    }

    @Test(
        "columns by the names that are usual, and fields with any delimiter",
        arguments: [
            "E-Mail\tMobile No.\na@x\t111111\n", "Email Address|Telephone\na@x|111111\n",
            "\"Name, first\";EMAIL;phone_number\n;a@x;111111\n", "\n\nName,e mail,Cell Phone\n,a@x,111111\n",
            "\u{FEFF}email;PhoneNumber\na@x;111111\n", "\"sep=|\"\nmail|tel\na@x|111111\n",
            "sep=,\nmail,tel\r\na@x,111111",
        ])
    func names(text: String) throws {
        #expect(try database.importFile(TemporaryFile(text)).rejected == 0)
        #expect(try database.customers() == [["email a@x", "phone 111111"]])
    }

    @Test("with a delimiter that is given, and says which columns it uses and which not")
    func announced() throws {
        var said: [String] = []
        var order = Import.Order(path: "")
        order.delimiter = UInt8(ascii: ":")
        let file = try TemporaryFile("Full Name:Email:Phone:Ort\nAnn, A;:a@x:111111:\n")
        order.path = file.path
        let settings = try Settings(environment: ["DATABASE_URL": database.url])
        _ = try Import(order, settings: settings).run(announce: { said.append($0) }, report: { _ in })
        #expect(said == ["columns used: Email, Phone; not used: Full Name, Ort"])
        #expect(try database.customers() == [["email a@x", "phone 111111"]])
    }

    @Test(
        "no column by chance",
        arguments: [
            ("email,name", "--phone-column"), ("mobile;name", "--email-column"),
            ("email,phone,mobile", "phone, mobile"),
            ("email,E-Mail,phone", "email, E-Mail"), ("ann@hill.example,2025550101", "must name the columns"),
        ])
    func refusedColumns(header: String, named: String) throws {
        let error = #expect(throws: ImportError.self) { try database.importFile(TemporaryFile("\(header)\na@x,1\n")) }
        #expect(error?.description.contains(named) == true, "\(String(describing: error))")
        #expect(error?.description.contains("ann@") == false)
    }

    @Test(
        "nothing that is no CSV, and says what it looks like",
        arguments: [
            ([0x1F, 0x8B, 8, 0], "gunzip"), (Array("PK\u{3}\u{4}\u{14}".utf8), "xlsx"), (Array("%PDF-1.7".utf8), "PDF"),
            (Array("  <!DOCTYPE html>".utf8), "HTML"), (Array("[{\"email\":\"a@x\"}]".utf8), "JSON"),
            (Array("{\n  \"email\": \"a@x\"\n}".utf8), "JSON"), ([0xD0, 0xCF, 0x11, 0xE0, 0xA1], "xls"),
            (Array("e\0m\0a\0".utf8), "UTF-16LE"), (Array("\0e\0m".utf8), "UTF-16BE"), (Array("abc\0".utf8), "binary"),
            (Array("PGDMP".utf8), "pg_dump"), ([0x28, 0xB5, 0x2F, 0xFD], "zstd"), ([], "empty"),
            (Array("email,\"phone\nann@hill.example,2025550101\n".utf8), "quote that is not closed"),
            (Array("email,\"phone\nann@hill.example,\"2025550101\"\n".utf8), "quote"),
        ] as [([UInt8], String)])
    func kinds(bytes: [UInt8], named: String) throws {
        let error = #expect(throws: ImportError.self) { try database.importFile(TemporaryFile(Data(bytes))) }
        #expect(error?.description.contains(named) == true, "\(String(describing: error))")
        #expect(try database.count("contact") == 0)
    }

    @Test("a customer a line, and keeps lines that are none, to be mended")
    func customers() throws {
        let lines = """
            {"primaryContactId":1,"emails":["a@x","b@x"],"phoneNumbers":["111111","222222"],"secondaryContactIds":[2]}
            {"emails":["nobody"],"phoneNumbers":[]}
            {"emails":
            {"emails":[],"phoneNumbers":["333333","444444"],"more":{}}

            """
        let rejects = try TemporaryFile()
        let tally = try database.importFile(TemporaryFile(lines)) { $0.rejectsPath = rejects.path }
        #expect(tally.rows == 4 && tally.rejected == 2)
        #expect(
            rejects.text == """
                {"line":2,"reason":"email needs one @ between two parts that are not empty","emails":["nobody"],"phoneNumbers":[]}
                {"line":3,"reason":"the line is not a customer as identityd export writes it","emails":

                """)
        try database.importFile(TemporaryFile(rejects.text.replacing("nobody", with: "c@x")))
        #expect(
            try database.customers() == [
                ["email a@x", "email b@x", "phone 111111", "phone 222222"], ["phone 333333", "phone 444444"],
                ["email c@x"],
            ])
        #expect(try database.findings() == [])
    }

    @Test("its own file of rejects again and again, with any delimiter")
    func rejectsOfRejects() throws {
        let first = try TemporaryFile("Name;Email;Phone\n\"a;\"\"b\";nobody;1\n;c@x;\"x\"y\n")
        let rejects = try TemporaryFile()
        try database.importFile(first) { $0.rejectsPath = rejects.path }
        let again = try TemporaryFile()
        try database.importFile(rejects) { $0.rejectsPath = again.path }
        #expect(again.text == rejects.text)
        #expect(
            rejects.text == """
                line;reason;Name;Email;Phone
                2;email needs one @ between two parts that are not empty;"a;""b";nobody;1
                3;the row has something between a closing quote and the delimiter;;c@x;"x"y

                """)
    }
}
