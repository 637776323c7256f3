import FastCGI
internal import Identity

/// `POST /lookup`: who is known with this e-mail or this phone? Writes nothing.
struct Lookup {
    let store: ContactStore
    let settings: Settings

    func respond(_ exchange: borrowing Exchange, _ visit: inout Visit) throws -> Response {
        let observation = try Observation(RequestBody(of: exchange), rule: settings.phoneKeyRule)
        let clusters = try store.lookUp(observation, counting: &visit.retries)
        return .ok { json in
            json.array("contacts") { json in
                for cluster in clusters { json.element { $0.cluster(cluster, idKeys: settings.primaryIDKeys) } }
            }
        }
    }
}
