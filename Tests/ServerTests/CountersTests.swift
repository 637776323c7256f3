import ContactStore
import Identity
import Testing

@testable import API
@testable import Server

@Suite("What workers count")
struct CountersTests {
    private func sum(_ counters: [Counters]) -> Counters {
        counters.reduce(into: Counters()) { sum, counters in
            for family in Counters.families { family.add(counters, &sum) }
        }
    }

    private func text(_ counters: Counters) -> String {
        var exposition = Exposition(process: 1)
        for family in Counters.families { family.expose(counters, &exposition) }
        return exposition.text
    }

    /// What a request with everything leaves.
    private func counted() -> Counters {
        var context = RequestContext(Request(method: "POST", path: "/identify"))
        context.route = "/identify"
        context.outcome = .linked
        context.ignored = [Ignored(field: .email, reason: .invalid)]
        context.retries = [.stale: 2]
        context.clusterSize = 3
        var counters = Counters()
        counters.add(context, status: 200)
        return counters
    }

    @Test("is added up, each of it by one family")
    func families() {
        #expect(Mirror(reflecting: Counters()).children.count == Counters.families.count)
        let (one, two) = (text(counted()), text(sum([counted(), counted()])))
        for line in [
            #"identityd_requests_total{process="1",route="/identify",status="200",outcome="linked"}"#,
            #"identityd_request_duration_seconds_count{process="1",route="/identify"}"#,
            #"identityd_cluster_contacts_sum{process="1"}"#,
            #"identityd_identifiers_ignored_total{process="1",field="email",reason="invalid"}"#,
        ] {
            let value = line.contains("_sum") ? (3.0.description, 6.0.description) : ("1", "2")
            #expect(one.contains("\(line) \(value.0)\n"), "\(line)")
            #expect(two.contains("\(line) \(value.1)\n"), "\(line)")
        }
        let stale = #"identityd_retries_total{process="1",cause="stale"}"#
        #expect(one.contains("\(stale) 2\n") && two.contains("\(stale) 4\n"))
    }

    @Test("shows every cause, field and reason from the start")
    func zeros() {
        let text = text(Counters())
        #expect(text.contains(#"identityd_retries_total{process="1",cause="predicate_locks"} 0"#))
        for reason in ["blocked", "invalid", "unknown_field", "cluster-too-large"] {
            let labels = #"process="1",field="phoneNumber",reason="\#(reason)""#
            #expect(text.contains("identityd_identifiers_ignored_total{\(labels)} 0"))
        }
    }
}
