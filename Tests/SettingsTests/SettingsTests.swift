import Foundation
import Identity
import Logging
import PostgreSQL
import Testing

@testable import Settings

@Suite("Settings")
struct SettingsTests {
    private func problem(_ name: String, _ value: String) -> SettingError? {
        #expect(throws: SettingError.self) { try Settings(environment: [name: value]) }
    }

    @Test("have defaults")
    func defaults() throws {
        let settings = try Settings(environment: [:])
        #expect(settings.databaseURL.isEmpty)
        #expect(settings.workers == 1)
        #expect(settings.connections == 18)
        #expect(settings.requestDeadline == .seconds(2))
        #expect(settings.shutdownDeadline == .seconds(8))
        #expect(settings.identifierRule.assumed == .plans(nil))
        #expect(settings.invalidIdentifiers == .ignore)
        #expect(settings.primaryIDKeys == .both)
        #expect(settings.logLevel == .info)
    }

    @Test("are taken from the environment")
    func taken() throws {
        let settings = try Settings(environment: [
            "DATABASE_URL": "postgres://h/d", "WORKERS": "3", "REQUEST_DEADLINE": "250", "SHUTDOWN_DEADLINE": "900",
            "DEFAULT_COUNTRY_CODE": "91", "PRIMARY_ID_KEYS": "primaryContatctId", "LOG_LEVEL": "warning",
            "INVALID_IDENTIFIERS": "refuse",
        ])
        #expect(settings.databaseURL == "postgres://h/d")
        #expect(settings.workers == 3)
        #expect(settings.requestDeadline == .milliseconds(250))
        #expect(settings.shutdownDeadline == .milliseconds(900))
        #expect(settings.identifierRule.assumed == .digits(PhoneKeyRule(defaultCountryCode: "91")!))
        #expect(settings.invalidIdentifiers == .refuse)
        #expect(settings.primaryIDKeys == .primaryContatctId)
        #expect(settings.logLevel == .warning)
    }

    @Test(
        "have bounds, which belong to them",
        arguments: [
            ("WORKERS", 1, 64), ("CONNECTIONS", 3, 100), ("REQUEST_DEADLINE", 100, 60_000),
            ("SHUTDOWN_DEADLINE", 100, 600_000), ("UPSTREAM_TIMEOUT", 600, 120_000),
            ("READ_MAX_LAG", 50, 30_000),
        ])
    func bounds(_ name: String, _ lowest: Int, _ highest: Int) {
        for value in [lowest, highest] {
            let others = ["UPSTREAM_TIMEOUT": "120000", "REQUEST_DEADLINE": "100"]
            #expect(throws: Never.self) { try Settings(environment: others.merging([name: "\(value)"]) { $1 }) }
        }
        for value in ["\(lowest - 1)", "\(highest + 1)", "-1", "4.5", "x", "4 ", "99999999999999999999"] {
            #expect(problem(name, value)?.problem == "must be a whole number from \(lowest) to \(highest)")
        }
    }

    @Test(
        "let a request end half a second before nginx gives up",
        arguments: [("4500", "5000"), ("4500", nil), ("9500", "10000"), ("100", "600")] as [(String, String?)])
    func inTime(deadline: String, timeout: String?) {
        #expect(throws: Never.self) { try settings(deadline, timeout) }
    }

    @Test(
        "that would let a request outlast nginx are refused, with what to raise",
        arguments: [("4501", nil), ("5000", nil), ("60000", "60000"), ("9501", "10000"), (nil, "2499"), ("101", "600")]
            as [(String?, String?)])
    func tooLate(deadline: String?, timeout: String?) {
        let error = #expect(throws: SettingError.self) { try settings(deadline, timeout) }
        #expect(error?.variable == "REQUEST_DEADLINE")
        #expect(error?.problem.contains("UPSTREAM_TIMEOUT") == true)
        #expect(error?.problem.contains("fastcgi_read_timeout") == true)
    }

    private func settings(_ deadline: String?, _ timeout: String?) throws -> Settings {
        var environment: [String: String] = [:]
        environment["REQUEST_DEADLINE"] = deadline
        environment["UPSTREAM_TIMEOUT"] = timeout
        return try Settings(environment: environment)
    }

    @Test("of a standby leave /erase the time to wait for it")
    func standby() throws {
        let url = "postgres://standby/identity"
        let standby = try Settings(environment: ["READ_DATABASE_URL": url]).standby
        #expect(standby?.database == url && standby?.maximumLag == .seconds(1))
        #expect(try Settings(environment: ["READ_MAX_LAG": "30000"]).standby == nil)
        let error = #expect(throws: SettingError.self) {
            try Settings(environment: ["READ_DATABASE_URL": url, "READ_MAX_LAG": "1001"])
        }
        #expect(error?.variable == "READ_MAX_LAG")
        #expect(problem("READ_DATABASE_URL", "postgres://u:s3cret@[::1/x")?.problem.contains("s3cret") == false)
    }

    @Test("have nginx's own timeout for the default of UPSTREAM_TIMEOUT")
    func nginxTimeout() throws {
        let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../nginx/parts/server.conf")
        let seconds = try String(contentsOf: file, encoding: .utf8).matches(of: /fastcgi_read_timeout +([0-9]+)s;/)
            .compactMap { Int($0.1) }
        let variable = Settings.variables.first { $0.name == "UPSTREAM_TIMEOUT" }
        try #require(seconds.count == 2)
        #expect("\(seconds[0])000" == variable?.fallback)
        #expect(seconds[1] == 30 + seconds[0], "for followers, who may wait for 30 seconds")
    }

    @Test(
        "that are bad are named, and never their values",
        arguments: [
            ("DATABASE_URL", "postgres://u:s3cret@[::1/x"), ("DATABASE_URL", "s3cret"), ("WORKERS", "s3cret"),
            ("DATABASE_URL", "postgres://u:@s3cret@h/x"), ("DATABASE_URL", "postgres://u:s3cret/@h/x"),
            ("REQUEST_DEADLINE", "s3cret"), ("SHUTDOWN_DEADLINE", "s3cret"), ("DEFAULT_COUNTRY_CODE", "s3cret"),
            ("PRIMARY_ID_KEYS", "s3cret"), ("LOG_LEVEL", "s3cret"), ("DEFAULT_REGION", "s3cret"),
            ("INVALID_IDENTIFIERS", "s3cret"),
        ])
    func named(_ name: String, _ value: String) {
        let error = problem(name, value)
        #expect(error?.variable == name)
        #expect(error?.description.hasPrefix("\(name) must be ") == true)
        #expect(error?.description.contains("s3cret") == false)
    }

    @Test("of a country code are 1 to 3 digits without a leading 0", arguments: ["0", "091", "1234", "+91", "9a", "٣"])
    func countryCode(_ code: String) {
        #expect(problem("DEFAULT_COUNTRY_CODE", code)?.variable == "DEFAULT_COUNTRY_CODE")
    }

    @Test("of a region are ISO 3166-1 codes of regions that have phone numbers", arguments: ["IN", "GB", "US", "GG"])
    func region(_ code: String) throws {
        #expect(
            try Settings(environment: ["DEFAULT_REGION": code]).identifierRule.assumed == .plans(.init(known: code)))
    }

    /// UK is a reserved code that is not assigned, AQ has no numbers of its own.
    @Test("of a region are nothing else", arguments: ["UK", "gb", "GBR", "91", "ZZ", "AQ", "001", "Ｇ"])
    func noRegion(_ code: String) {
        #expect(problem("DEFAULT_REGION", code)?.problem.contains("ISO 3166-1 alpha-2") == true)
    }

    @Test("are either a region or a country code")
    func regionAndCode() {
        let error = #expect(throws: SettingError.self) {
            try Settings(environment: ["DEFAULT_REGION": "IN", "DEFAULT_COUNTRY_CODE": "91"])
        }
        #expect(error?.variable == "DEFAULT_COUNTRY_CODE")
    }

    /// ITU-T, List of Recommendation E.164 assigned country codes.
    @Test(
        "of a country code know the region that takes its place",
        arguments: [("91", "IN"), ("44", "GB"), ("1", "US"), ("7", "RU"), ("39", "IT"), ("999", nil)]
            as [(String, String?)])
    func successor(_ code: String, _ region: String?) throws {
        let settings = try Settings(environment: ["DEFAULT_COUNTRY_CODE": code])
        #expect(settings.identifierRule.regionOfCountryCode?.code == region)
    }

    @Test("that are empty count as not set")
    func empty() throws {
        let empty = Dictionary(uniqueKeysWithValues: Settings.variables.map { ($0.name, "") })
        #expect(try Settings(environment: empty).workers == 1)
    }

    @Test(
        "that are misspelt are refused, with the name that was written",
        arguments: [
            "WORKER", "WORKERSS", "WROKERS", "WORKERZ", "XWORKERS", "ORKERS", "DATABASE_URI", "DATABSE_URL",
            "LOG-LEVEL",
            "LOGLEVEL", "REQUEST_DEADLNIE", "IDENTITYD_WORKERS", "IDENTITYD_",
        ])
    func misspelt(_ name: String) {
        let error = problem(name, "1")
        #expect(error?.variable == name)
        #expect(error?.description.contains("identityd serve --help") == true)
    }

    @Test(
        "pass over what is others'",
        arguments: [
            "PATH", "PGHOST", "HOME", "WORK", "KERS", "workers", "LOG", "LEVEL", "URL", "DEADLINE", "identityd_x", "",
        ])
    func foreign(_ name: String) {
        #expect(throws: Never.self) { try Settings(environment: [name: "whatever"]) }
    }

    @Test("are not one slip apart from each other")
    func apart() {
        for variable in Settings.variables {
            #expect(throws: Never.self) { try Settings(environment: [variable.name: ""]) }
            #expect(Settings.isKnown(variable.name))
        }
        #expect(!Settings.isKnown("PATH"))
        #expect(Set(Settings.variables.map(\.name)).count == Settings.variables.count)
    }

    /// `#NAME=default` lines, each below a comment that says what it means.
    @Test("stand in .env.example, all of them, with the same defaults and meanings")
    func example() throws {
        let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../.env.example")
        let lines = try String(contentsOf: file, encoding: .utf8).split(
            separator: "\n", omittingEmptySubsequences: false)
        let settings = lines.indices.filter {
            lines[$0].wholeMatch(of: /#?[A-Z_]+=.*/) != nil
        }
        #expect(settings.map { String(lines[$0]) } == Settings.variables.map { "#\($0.name)=\($0.fallback)" })
        for (line, variable) in zip(settings, Settings.variables) {
            let comment = lines[..<line].reversed().prefix { $0.hasPrefix("# ") }.reversed().map { $0.dropFirst(2) }
            #expect(comment.joined(separator: " ").contains(variable.meaning))
        }
    }
}
