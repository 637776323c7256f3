internal import ContactStore
internal import Identity

/// `GET /report`: how many customers there are, and which to look at first, and what was ignored?
struct Overview {
    let store: ContactStore
    let report: SharedReport

    func report(_ request: Request, _ context: inout RequestContext) async throws -> Response {
        let edition = try await context.value { try await store.report(from: report) }
        var response = Response.ok { $0.report(edition.report) }
        response.mark(age: edition.age)
        return response
    }
}

extension JSONWriter {
    fileprivate mutating func report(_ report: CustomerReport) {
        member("totals") { json in
            json.member("customers", report.totals.customers)
            json.member("contacts", report.totals.contacts)
            json.member("emails", report.totals.emails)
            json.member("phoneNumbers", report.totals.phones)
        }
        array("largest", of: report.largest) { json, size in
            json.member("primaryContactId", size.primaryID)
            json.member("contacts", size.contacts)
            json.member("emails", size.emails)
            json.member("phoneNumbers", size.phones)
        }
        array("ties", of: report.ties) { json, tie in
            json.member(tie.kind == "email" ? "email" : "phoneNumber", tie.identifier)
            json.member("contactId", tie.contactID)
            json.member("primaryContactId", tie.primaryID)
            json.member("count", tie.count)
        }
        array("bridges", of: report.bridges) { json, bridge in
            json.member("evidence", bridge.bridge.evidence.id)
            json.member("primaryContactId", bridge.primaryID)
            json.member("contacts", bridge.bridge.parts.map(Int64.init))
        }
        member("ignoredSince", report.ignored.since)
        array("ignored", of: report.ignored.counts) { json, ignored in
            json.member("field", ignored.field)
            json.member("reason", ignored.reason)
            json.member("count", ignored.count)
        }
    }
}
