internal import APIKeys
import FastCGI

/// Which endpoint answers what.
struct Router {
    typealias Endpoint = nonisolated(nonsending) (borrowing Exchange, inout Visit) async throws -> Response

    struct Route {
        let method: String
        /// Its last segment may be `{id}`, which stands for any.
        let path: String
        /// What a key must allow; `nil` where none is asked for.
        let scope: Scope?
        let endpoint: Endpoint

        /// Whether `{id}` makes it this path.
        func matches(_ path: Substring) -> Bool {
            guard self.path.hasSuffix("{id}") else { return false }
            return self.path.dropLast("{id}".count) == path.dropLast(path.lastSegment.count)
        }
    }

    let routes: [Route]
    private let access: AccessControl

    init(store: ContactStore, settings: Settings, access: AccessControl, blocked: BlockedIdentifiers, metrics: Metrics)
    {
        self.access = access
        let identify = Identify(store: store, settings: settings, blocked: blocked)
        let lookup = Lookup(store: store, settings: settings, blocked: blocked)
        let contacts = Contacts(store: store, settings: settings)
        let merges = Merges(store: store)
        let erase = Erase(store: store, settings: settings)
        let health = Health(store: store)
        routes = [
            Route(method: "POST", path: "/identify", scope: .identify, endpoint: identify.respond),
            Route(method: "POST", path: "/lookup", scope: .read, endpoint: lookup.respond),
            Route(method: "GET", path: "/contacts/{id}", scope: .read, endpoint: contacts.respond),
            Route(method: "GET", path: "/merges", scope: .read, endpoint: merges.respond),
            Route(method: "POST", path: "/erase", scope: .admin, endpoint: erase.respond),
            Route(method: "GET", path: "/metrics", scope: nil, endpoint: Scrape(metrics: metrics).respond),
            Route(method: "GET", path: "/health", scope: nil, endpoint: health.ready),
            Route(method: "GET", path: "/health/live", scope: nil, endpoint: health.live),
            Route(method: "GET", path: "/health/ready", scope: nil, endpoint: health.ready),
            Route(method: "GET", path: "/openapi.json", scope: nil, endpoint: Description().respond),
        ]
    }

    /// Never fails: every failure has its answer.
    func respond(to exchange: borrowing Exchange, _ visit: inout Visit) async -> Response {
        do {
            let endpoint = try endpoint(for: exchange, &visit)
            return try await endpoint(exchange, &visit)
        } catch {
            visit.failure = error
            return Problem(error).response(requestID: visit.requestID)
        }
    }

    private func endpoint(for exchange: borrowing Exchange, _ visit: inout Visit) throws -> Endpoint {
        let path = exchange.path
        let name = String(path)
        var candidates = routes.filter { $0.path == name }
        // Looked at only then: most requests are for the others, and this costs more than a comparison.
        if candidates.isEmpty { candidates = routes.filter { $0.matches(path) } }
        guard let route = candidates.first else { throw Problem.notFound }
        visit.route = route.path

        // RFC 9110, 9.3.2: HEAD is GET without the body, which the web server leaves out.
        let method = visit.method == "HEAD" ? "GET" : visit.method
        guard let match = candidates.first(where: { $0.method == method }) else {
            throw Problem.methodNotAllowed(candidates.flatMap { $0.method == "GET" ? ["GET", "HEAD"] : [$0.method] })
        }
        if let scope = match.scope {
            visit.client = try access.admit(exchange.parameter("HTTP_AUTHORIZATION"), for: scope)
        }
        return match.endpoint
    }
}
