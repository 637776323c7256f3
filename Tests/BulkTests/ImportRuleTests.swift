import Bulk
import ContactStore
import Identity
import Settings
import TestSupport
import Testing

@Suite("An import reads identifiers")
struct ImportRuleTests {
    private let forms = "email,phone\na@x,98765 43211\nb@x,919876543211\nc@x,+91 98765 43211\n"

    @Test("by the rule of the database, whatever the settings leave out")
    func region() throws {
        let database = try TestDatabase()
        var settings = RuleSettings(libraries: .recorded)
        settings.region = IdentifierRule.Region(known: "IN")
        try TestStore(database: database.url, rule: DatabaseRule(settings)).checkReady()
        let tally = try database.importFile(TemporaryFile(forms + "d@x,1999-12-31\n"))
        #expect(tally.outcomes == [.created: 1, .linked: 2])
        #expect(tally.rejected == 1)
        #expect(throws: SchemaError.self) {
            try database.importFile(TemporaryFile(forms), ["DEFAULT_REGION": "US"])
        }
    }

    @Test("by the rule of before, where that filled the database")
    func before() throws {
        let database = try TestDatabase()
        try database.run("INSERT INTO identifier_rule (default_country_code) VALUES ('91')")
        let tally = try database.importFile(TemporaryFile(forms + "d@x,1999-12-31\n"))
        // 919876543211 has no + and so, by that rule, lacks the country code.
        #expect(tally.outcomes == [.created: 3, .linked: 1])
    }

    @Test("dry by that of the settings, and leaves the database alone")
    func dry() throws {
        let database = try TestDatabase()
        let file = try TemporaryFile("phone\n1999-12-31\n2025550123.0\n")
        for (variables, rejected) in [([:], 2), (["DEFAULT_REGION": "US"], 2), (["DEFAULT_COUNTRY_CODE": "1"], 0)] {
            let tally = try database.importFile(file, variables) {
                $0.isDry = true
                $0.hasNoEmail = true
            }
            #expect(tally.rejected == rejected)
        }
        #expect(try database.count("identifier_rule") == 0)
    }
}
