import Identity
import PostgreSQL
import TestSupport
import Testing

@testable import ContactStore

@Suite("The rule that a database keeps")
struct DatabaseRuleTests {
    private static let india = IdentifierRule.Region(known: "IN")

    /// A store that begins with these settings.
    @discardableResult
    private func ready(
        _ database: TestDatabase, region: String? = nil, code: String? = nil, libraries: LibraryVersions = .recorded
    ) throws -> DatabaseRule {
        var settings = RuleSettings(libraries: libraries)
        settings.region = region.map(IdentifierRule.Region.init(known:))
        settings.countryCode = try code.map { try #require(PhoneKeyRule(defaultCountryCode: $0)) }
        if code == "91" { settings.regionOfCountryCode = DatabaseRuleTests.india }
        let rule = DatabaseRule(settings)
        try TestStore(database: database.url, rule: rule).checkReady()
        return rule
    }

    /// One that an older program filled, at its schema.
    private func old(_ code: String) throws -> TestDatabase {
        let database = try TestDatabase(migrated: false)
        _ = try Migrator(database: database.url).migrate(upTo: Migration.newest - 1) { _ in }
        try database.run("INSERT INTO identifier_rule (default_country_code) VALUES ('\(code)')")
        return database
    }

    private func refusal(_ ready: () throws -> DatabaseRule) -> String {
        let error = #expect(throws: StoreError.self) { try ready() }
        #expect(error?.kind == .unusableSchema)
        return error?.message ?? ""
    }

    @Test("is the new one in an unused database, with the region of the settings", arguments: [nil, "IN"])
    func new(region: String?) throws {
        let database = try TestDatabase()
        let record = try ready(database, region: region).record
        #expect(record?.rule == .plans(region.map(IdentifierRule.Region.init(known:))))
        #expect(record?.libraries == .recorded)
        // Who is not told of a region takes the database's.
        #expect(try ready(database).record == record)
    }

    @Test("is the old one where it was filled by it, before the migration and after it", arguments: ["", "91"])
    func kept(code: String) throws {
        let database = try old(code)
        let rule = IdentifierRule.digits(try #require(PhoneKeyRule(defaultCountryCode: code)))
        for _ in 1...2 {
            #expect(try ready(database).record == DatabaseRule.Record(rule: rule, libraries: nil))
            if !code.isEmpty { #expect(try ready(database, code: code).record?.rule == rule) }
            let other = refusal { try ready(database, region: "IN") }
            #expect(
                other.hasSuffix(
                    code.isEmpty
                        ? "leave DEFAULT_COUNTRY_CODE empty, and leave the other setting empty"
                        : "set DEFAULT_COUNTRY_CODE='91', and leave the other setting empty"))
            #expect(refusal { try ready(database, code: "44") }.contains("those read with DEFAULT_COUNTRY_CODE='44'"))
            _ = try Migrator(database: database.url).migrate { _ in }
        }
    }

    @Test("is refused where the settings say another, with what to set")
    func others() throws {
        let database = try TestDatabase()
        try ready(database, region: "IN")
        for message in [refusal { try ready(database, region: "US") }, refusal { try ready(database, code: "91") }] {
            #expect(message.contains("rule 2, with DEFAULT_REGION='IN'"))
            #expect(message.contains("set DEFAULT_REGION='IN'"))
        }
        let none = try TestDatabase()
        try ready(none)
        #expect(refusal { try ready(none, region: "IN") }.contains("leave DEFAULT_REGION empty"))
    }

    @Test("is not made of a country code: a new database is told of the region, and stays new")
    func countryCodeOfNew() throws {
        let database = try TestDatabase()
        #expect(refusal { try ready(database, code: "91") }.hasSuffix("leave it empty, and set DEFAULT_REGION='IN'"))
        #expect(
            refusal { try ready(database, code: "999") }.hasSuffix("set DEFAULT_REGION=the code of the phones' region"))
        #expect(try database.count("identifier_rule") == 0)
        #expect(try ready(database, region: "IN").record?.rule == .plans(DatabaseRuleTests.india))
    }

    /// It reads that column alone, compares it with its setting, and writes it down where there is no row.
    @Test("keeps out a program of before where it is the new one, and lets it in where it is the old one")
    func programsOfBefore() throws {
        let database = try TestDatabase()
        try ready(database, region: "IN")
        let code = try database.run("SELECT default_country_code FROM identifier_rule").text(0, 0)
        #expect(PhoneKeyRule(defaultCountryCode: try #require(code)) == nil)

        let other = try TestDatabase()
        try other.run("INSERT INTO identifier_rule (default_country_code) VALUES ('91') ON CONFLICT DO NOTHING")
        #expect(try ready(other).record?.rule == .digits(PhoneKeyRule(defaultCountryCode: "91")!))
    }

    @Test("keeps the libraries of its first use, whatever comes later")
    func libraries() throws {
        let database = try TestDatabase()
        try ready(database)
        let later = LibraryVersions(phoneNumbers: "9.0 (test)", unicode: "80.1")
        #expect(try ready(database, libraries: later).record?.libraries == .recorded)
    }

    @Test("of a program to come is refused")
    func unknown() throws {
        let database = try TestDatabase()
        try database.run("INSERT INTO identifier_rule (default_country_code, version) VALUES ('', 3)")
        #expect(refusal { try ready(database) }.contains("rule 3, which this program does not know"))
    }

    @Test("does not change under a program that runs")
    func changed() throws {
        let database = try TestDatabase()
        let rule = try ready(database)
        try database.run("UPDATE identifier_rule SET default_region = 'IN'")
        #expect(
            refusal {
                try TestStore(database: database.url, rule: rule).checkReady()
                return rule
            }.contains("restart identityd"))
    }
}
