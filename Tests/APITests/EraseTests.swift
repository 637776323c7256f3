import ContactStore
import Settings
import TestSupport
import Testing

@testable import API

@Suite("An order to erase")
struct EraseTests {
    @Test("means whom its identifiers name by the rule of the database")
    func rule() throws {
        let database = try TestDatabase()
        let settings = try Settings(environment: ["ALLOW_ANONYMOUS": "true", "DEFAULT_REGION": "IN"])
        let rule = DatabaseRule(settings.identifierRule)
        _ = try TestStore(database: database.url, rule: rule).identify(nil, "919876543210")
        let response = try LoopActor().wait { worker in
            let store = ContactStore(
                database: database.url, rule: rule, connections: 3, requestDeadline: .seconds(20),
                maximumClusterSize: 1000, on: worker.loop)
            let router = Router(
                store: store, settings: settings, access: try AccessControl(settings),
                blocked: try BlockedIdentifiers(settings, rule: rule),
                report: SharedReport(database: settings.databaseURL), metrics: { "" })
            // As people in India write it.
            let body = Array(#"{"phoneNumber":"098765 43210"}"#.utf8)
            let order = Request(method: "POST", path: "/erase", body: .whole(body), contentType: "application/json")
            return await router.respond(to: order).0
        }
        #expect(String(decoding: response.body, as: UTF8.self) == #"{"erasedContactIds":[1]}"#)
    }
}
