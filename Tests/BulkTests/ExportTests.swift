import Bulk
import Foundation
import Settings
import TestSupport
import Testing

@Suite("The export")
struct ExportTests {
    let database: TestDatabase

    init() throws {
        database = try TestDatabase()
        let store = try TestStore(database)
        _ = try store.identify("a@x", "111111")  // 1
        _ = try store.identify("\"b,\"@x", "+2 (222) 22")  // 2
        _ = try store.identify("c@x", "222222")  // 3, of 2
        _ = try store.identify("d@x", nil)  // 4
        _ = try store.identify("d@x", "111111")  // merges 4 into 1
        _ = try store.identify(nil, "555555")  // 6, behind the evidence of the merge
    }

    private func settings(_ idKeys: PrimaryIDKeys = .both) throws -> Settings {
        try Settings(environment: ["DATABASE_URL": database.url, "PRIMARY_ID_KEYS": idKeys.rawValue])
    }

    private func export(
        _ format: Export.Format, safeForSpreadsheets: Bool = false, idKeys: PrimaryIDKeys = .primaryContactId
    ) throws -> [String] {
        let path = NSTemporaryDirectory() + "export-\(UUID())"
        defer { try? FileManager.default.removeItem(atPath: path) }
        let file = open(path, O_WRONLY | O_CREAT, 0o600)
        try Export(settings(idKeys), format: format, safeForSpreadsheets: safeForSpreadsheets)
            .run(to: file, name: path)
        return try String(contentsOfFile: path, encoding: .utf8).components(separatedBy: "\n")
    }

    @Test("in ndjson is what /identify answers, a line for each customer")
    func ndjson() throws {
        #expect(
            try export(.ndjson) == [
                #"{"primaryContactId":1,"emails":["a@x","d@x"],"phoneNumbers":["111111"],"secondaryContactIds":[4]}"#,
                #"{"primaryContactId":2,"emails":["\"b,\"@x","c@x"],"phoneNumbers":["+2 (222) 22"],"#
                    + #""secondaryContactIds":[3]}"#,
                #"{"primaryContactId":6,"emails":[],"phoneNumbers":["555555"],"secondaryContactIds":[]}"#, "",
            ])
        #expect(try export(.ndjson, idKeys: .both)[0].hasPrefix(#"{"primaryContactId":1,"primaryContatctId":1,"#))
    }

    @Test("in CSV has a line for each contact, with what it introduced")
    func csv() throws {
        #expect(
            try export(.csv) == [
                "primaryContactId,contactId,email,phoneNumber", "1,1,a@x,111111", "1,4,d@x,",
                "2,2,\"\"\"b,\"\"@x\",+2 (222) 22", "2,3,c@x,", "6,6,,555555", "",
            ])
    }

    @Test("in CSV for spreadsheets has no cell that begins as a formula does, and changes no other")
    func safeForSpreadsheets() throws {
        let store = try TestStore(database)
        for (email, phone) in [
            ("=1+1@x", "666666"), ("+2@x", "-777777"), ("-3@x", "(+888) 888"), ("4@x", "+999999"),
            ("'=5@x", nil),
        ] as [(String, String?)] { _ = try store.identify(email, phone) }
        try database.run("UPDATE contact SET email = '@4@x' WHERE email = '4@x'")
        let rows = Array(try export(.csv, safeForSpreadsheets: true).dropFirst(3))
        #expect(
            rows == [
                "2,2,\"\"\"b,\"\"@x\",'+2 (222) 22", "2,3,c@x,", "6,6,,555555", "7,7,'=1+1@x,666666",
                "8,8,'+2@x,'-777777",
                "9,9,'-3@x,(+888) 888", "10,10,'@4@x,'+999999", "11,11,'=5@x,", "",
            ])
        #expect(try export(.csv).contains("10,10,@4@x,+999999"))
    }

    @Test("leaves tombstones out")
    func tombstones() throws {
        try database.run(
            "UPDATE contact SET email = NULL, phone_number = NULL, phone_key = NULL, owns_email = false, "
                + "owns_phone = false, deleted_at = now() WHERE cluster_id <> 6")
        #expect(try export(.csv).dropFirst() == ["6,6,,555555", ""])
    }

    @Test("of 25,000 customers is all of them, each once")
    func many() throws {
        try database.run(
            "INSERT INTO contact (link_precedence, email, owns_email, owns_phone) "
                + "SELECT 'primary', n || '@many', true, false FROM generate_series(1, 25000) AS n")
        let lines = try export(.ndjson)
        #expect(lines.count == 25_000 + 3 + 1)
        #expect(Set(lines).count == lines.count)
    }

    @Test("that can't be written says so")
    func full() throws {
        let file = open("/dev/full", O_WRONLY)
        let error = #expect(throws: FileError.self) {
            try Export(settings(), format: .csv).run(to: file, name: "out")
        }
        #expect(error?.description == "out can't be written: No space left on device")
    }
}
