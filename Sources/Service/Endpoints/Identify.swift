import FastCGI
internal import Identity

/// `POST /identify`: who is the customer with this e-mail and this phone?
struct Identify {
    static let maximumBodySize = 16 * 1024

    let store: ContactStore
    let settings: Settings
    let blocked: BlockedIdentifiers

    func respond(_ exchange: borrowing Exchange, _ visit: inout Visit) async throws -> Response {
        let body = try RequestBody(of: exchange, limit: Identify.maximumBodySize)
        let observation = try blocked.screen(Observation(body, rule: settings.phoneKeyRule), &visit)
        let identification = try await store.identify(observation, counting: &visit.retries)
        visit.outcome = identification.outcome
        visit.clusterSize = 1 + identification.cluster.secondaryIDs.count
        return Response(
            status: 200, reason: "OK", headers: [("Content-Type", "application/json")],
            body: JSONWriter.object { json in
                json.member("contact") { $0.cluster(identification.cluster, idKeys: settings.primaryIDKeys) }
                json.invalidIdentifiers("ignored", visit.ignored.map(InvalidIdentifier.init(blocked:)))
            })
    }
}
