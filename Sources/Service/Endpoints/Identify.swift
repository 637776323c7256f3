import FastCGI
internal import Identity

/// `POST /identify`: who is the customer with this e-mail and this phone?
struct Identify {
    let store: ContactStore
    let settings: Settings

    func respond(_ exchange: borrowing Exchange, _ visit: inout Visit) throws -> Response {
        let observation = try Observation(RequestBody(of: exchange), rule: settings.phoneKeyRule)
        let identification = try store.identify(observation, counting: &visit.retries)
        visit.outcome = identification.outcome
        return .ok { json in
            json.member("contact") { $0.cluster(identification.cluster, idKeys: settings.primaryIDKeys) }
        }
    }
}
