import FastCGI
internal import Identity

/// `POST /lookup`: which customers have this e-mail or this phone? Writes nothing.
struct Lookup {
    let store: ContactStore
    let settings: Settings
    let blocked: BlockedIdentifiers

    func respond(_ exchange: borrowing Exchange, _ visit: inout Visit) async throws -> Response {
        let body = try RequestBody(of: exchange)
        let observation = try blocked.screen(Observation(body, rule: settings.phoneKeyRule), &visit)
        let clusters = try await store.lookUp(observation, counting: &visit.retries)
        return .ok { json in
            json.array("contacts") { json in
                for cluster in clusters { json.element { $0.cluster(cluster, idKeys: settings.primaryIDKeys) } }
            }
            json.fieldErrors("ignored", visit.ignored.map(FieldError.init(blocked:)))
        }
    }
}
