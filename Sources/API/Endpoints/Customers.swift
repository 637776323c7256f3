internal import ContactStore
internal import Identity
internal import Settings

/// Which customer has this e-mail and this phone?
struct Customers {
    let store: ContactStore
    let settings: Settings
    let reader: RequestReader

    /// `POST /identify`: the customer, after writing down what is new.
    func identify(_ request: Request, _ context: inout RequestContext) async throws -> Response {
        let observation = try await reader.observation(in: request, &context)
        let origin = context.origin
        let identification = try await context.value { try await store.identify(observation, from: origin) }
        context.outcome = identification.outcome
        context.ignored += identification.leftOut.map { Ignored($0) }
        context.lacksEvidence = identification.lacksEvidence
        guard let cluster = identification.cluster else { throw Problem.noUsableIdentifier(context.ignored) }
        context.primaries = [cluster.primaryID]
        context.clusterSize = 1 + cluster.secondaryIDs.count
        return .ok { json in
            json.member("contact") { $0.cluster(cluster, idKeys: settings.primaryIDKeys) }
            json.fieldErrors("ignored", context.ignored.map { FieldError($0) })
        }
    }

    /// `POST /lookup`: the customers who have one or the other. Writes nothing.
    func lookUp(_ request: Request, _ context: inout RequestContext) async throws -> Response {
        let observation = try await reader.observation(in: request, &context)
        let lookup = try await context.value { try await store.lookUp(observation) }
        context.ignored += lookup.leftOut.map { Ignored($0) }
        guard lookup.leftOut.count < observation.count else { throw Problem.noUsableIdentifier(context.ignored) }
        context.primaries = lookup.clusters.map(\.primaryID)
        var response = Response.ok { json in
            json.array("contacts", of: lookup.clusters) { $0.cluster($1, idKeys: settings.primaryIDKeys) }
            json.fieldErrors("ignored", context.ignored.map { FieldError($0) })
        }
        response.mark(age: lookup.age)
        return response
    }
}
