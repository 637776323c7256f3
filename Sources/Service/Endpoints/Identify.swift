import FastCGI
internal import Identity

/// `POST /identify`: which customer has this e-mail and this phone? Writes down what is new.
struct Identify {
    let store: ContactStore
    let settings: Settings
    let blocked: BlockedIdentifiers

    func respond(_ exchange: borrowing Exchange, _ visit: inout Visit) async throws -> Response {
        let body = try RequestBody(of: exchange)
        let observation = try blocked.screen(Observation(body, rule: settings.phoneKeyRule), &visit)
        let identification = try await store.identify(observation, counting: &visit.retries)
        visit.outcome = identification.outcome
        visit.clusterSize = 1 + identification.cluster.secondaryIDs.count
        return .ok { json in
            json.member("contact") { $0.cluster(identification.cluster, idKeys: settings.primaryIDKeys) }
            json.fieldErrors("ignored", visit.ignored.map(FieldError.init(blocked:)))
        }
    }
}
