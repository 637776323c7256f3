import Foundation
import Testing

@testable import Settings

@Suite("A settings file")
struct EnvironmentFileTests {
    private func read(_ text: String) throws -> [String: String] {
        let file = FileManager.default.temporaryDirectory.appending(path: "identityd-\(UUID().uuidString).env")
        try Data(text.utf8).write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        return try EnvironmentFile.read(file.path)
    }

    @Test("holds names and values, empty lines and comments")
    func reads() throws {
        let text = """
            # the database
            DATABASE_URL=postgres://u@h/d?sslmode=require

              WORKERS = 4\t
            LOG_LEVEL="debug"
            PRIMARY_ID_KEYS='both'
            DEFAULT_COUNTRY_CODE=
            PGHOST=/tmp
            #WORKERS=5
            """
        #expect(
            try read(text) == [
                "DATABASE_URL": "postgres://u@h/d?sslmode=require", "WORKERS": "4", "LOG_LEVEL": "debug",
                "PRIMARY_ID_KEYS": "both", "DEFAULT_COUNTRY_CODE": "", "PGHOST": "/tmp",
            ])
        #expect(try read("").isEmpty)
    }

    @Test(
        "takes quotes off only in pairs, and expands nothing",
        arguments: [
            ("\"a b\"", "a b"), ("' a '", " a "), ("\"", "\""), ("\"a'", "\"a'"), ("a\"b\"", "a\"b\""), ("\"\"", ""),
            ("$HOME", "$HOME"), ("a # b", "a # b"), ("host=x dbname=y", "host=x dbname=y"), ("a=b=c", "a=b=c"),
        ])
    func quotes(_ written: String, _ meant: String) throws {
        #expect(try read("DATABASE_URL=\(written)\n") == ["DATABASE_URL": meant])
    }

    @Test("may come from Windows, and lack its last line break")
    func lineEnds() throws {
        #expect(try read("WORKERS=3\r\nLOG_LEVEL=info") == ["WORKERS": "3", "LOG_LEVEL": "info"])
    }

    @Test("has the last of two values")
    func last() throws {
        #expect(try read("WORKERS=3\nWORKERS=4") == ["WORKERS": "4"])
    }

    @Test(
        "with a name that is none is refused by that name, never its value",
        arguments: ["WORKRES", "IDENTITYD_X", "FOO", "workers"])
    func unknown(name: String) {
        let error = #expect(throws: SettingError.self) { try read("\(name)=s3cret\n") }
        #expect(error?.variable == name)
        #expect(error?.description.contains("s3cret") == false)
    }

    @Test(
        "with a line that is no NAME=value is refused without quoting it",
        arguments: [
            "s3cret", "=s3cret", "postgres://u:s3cret@h/d?sslmode=require", "DATABASE_URL postgres://u:s3cret@h/d?a=b",
        ])
    func noValue(line: String) {
        let error = #expect(throws: SettingError.self) { try read("WORKERS=3\n\(line)\n") }
        #expect(error?.description == "the settings file has a line that is not NAME=value")
    }

    @Test("that can't be read is refused by its path", arguments: ["/no such file", "/tmp"])
    func unreadable(path: String) {
        let error = #expect(throws: SettingError.self) { try EnvironmentFile.read(path) }
        #expect(error?.variable == path)
    }

    /// systemd.exec(5): "Empty lines, lines without an "=" separator, or lines starting with ";" or "#" will be ignored".
    @Test("may have a comment that begins with a semicolon, as systemd's")
    func semicolon() throws {
        #expect(try read("; a comment\nWORKERS=3\n") == ["WORKERS": "3"])
    }
}
