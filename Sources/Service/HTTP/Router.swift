internal import APIKeys
import FastCGI

/// Which endpoint answers what.
struct Router {
    typealias Endpoint = nonisolated(nonsending) (borrowing Exchange, inout Visit) async throws -> Response

    /// A path has one method.
    struct Route {
        let method: String
        /// Its last segment may be `{id}`, which stands for any.
        let path: String
        /// What a key must allow; `nil` where none is asked for.
        let scope: Scope?
        let endpoint: Endpoint

        func matches(_ path: Substring) -> Bool {
            guard self.path.utf8.last == UInt8(ascii: "}") else { return self.path == path }
            return self.path.dropLast("{id}".count) == path.dropLast(path.lastSegment.count)
        }
    }

    let routes: [Route]
    private let access: AccessControl
    private let origins: OriginPolicy

    init(store: ContactStore, settings: Settings, access: AccessControl, blocked: BlockedIdentifiers, metrics: Metrics)
    {
        self.access = access
        origins = OriginPolicy(allowed: settings.allowedOrigins)
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
        let caller = origins.caller(of: exchange)
        var response: Response
        do {
            let endpoint = try endpoint(for: exchange, from: caller, &visit)
            response = try await endpoint(exchange, &visit)
            guard exchange.hasRoom(for: response) else { throw Problem.tooMuchUnsent }
        } catch {
            visit.failure = error
            response = Problem(error).response(requestID: visit.requestID)
        }
        origins.mark(&response, for: caller)
        return response
    }

    private func endpoint(
        for exchange: borrowing Exchange, from caller: OriginPolicy.Caller, _ visit: inout Visit
    ) throws -> Endpoint {
        let path = exchange.path
        guard let route = routes.first(where: { $0.matches(path) }) else { throw Problem.notFound }
        visit.route = route.path
        if caller == .foreign { throw Problem.foreignPage }

        // RFC 9110, 9.3.2: HEAD is GET without the body, which the web server leaves out.
        let method = visit.method == "HEAD" ? "GET" : visit.method
        guard method == route.method else {
            let methods = route.method == "GET" ? ["GET", "HEAD"] : [route.method]
            guard method == "OPTIONS", case .page = caller,
                exchange.parameter("HTTP_ACCESS_CONTROL_REQUEST_METHOD") != nil
            else { throw Problem.methodNotAllowed(methods) }
            return { _, _ in OriginPolicy.preflight(allowing: methods) }
        }
        if let scope = route.scope {
            visit.client = try access.admit(exchange.parameter("HTTP_AUTHORIZATION"), for: scope)
        }
        return route.endpoint
    }
}
