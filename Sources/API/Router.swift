internal import APIKeys
public import ContactStore
public import Settings

/// A path and a method, and what may be asked and answered there.
struct Route {
    typealias Endpoint = nonisolated(nonsending) (Request, inout RequestContext) async throws -> Response

    let method: String
    /// Its last segment may be `{id}`, which stands for any.
    let path: String
    let access: Access
    /// Statuses of its own errors, besides those of every route.
    let problems: [Int]
    let endpoint: Endpoint

    /// Errors of every route: of the web server's, and of the router.
    private static let everywhere = [400, 403, 405, 413, 414, 421, 429, 431, 500, 501, 503, 505]

    /// All statuses that it answers with.
    var statuses: [Int] { [200] + Route.everywhere + (access == .everybody ? [] : [401]) + problems }
}

/// Which endpoint answers what: the one table of routes. The OpenAPI document and nginx's map of logged routes are checked
/// against it.
public struct Router {
    let routes: [Route]
    private let routesByPath: [String: [Route]]
    private let access: AccessControl
    private let origins: OriginPolicy

    /// - Parameters:
    ///   - report: What `GET /report` answers, of all workers.
    ///   - metrics: What `GET /metrics` answers.
    public init(
        store: ContactStore, settings: Settings, access: AccessControl, blocked: BlockedIdentifiers,
        report: SharedReport, metrics: @escaping () -> String
    ) {
        self.access = access
        origins = OriginPolicy(allowed: settings.allowedOrigins)
        let reader = RequestReader(store: store, settings: settings, blocked: blocked)
        let customers = Customers(store: store, settings: settings, reader: reader)
        let contacts = Contacts(store: store, settings: settings)
        let changes = Changes(store: store)
        let corrections = Corrections(store: store, reader: reader, settings: settings)
        let erase = Erase(store: store, reader: reader)
        let overview = Overview(store: store, report: report)
        let operations = Operations(store: store, metrics: metrics)
        func route(
            _ method: String, _ path: String, for access: Access = .everybody, problems: [Int] = [],
            to endpoint: @escaping Route.Endpoint
        ) -> Route {
            Route(method: method, path: path, access: access, problems: problems, endpoint: endpoint)
        }
        routes = [
            route("POST", "/identify", for: .key(for: .identify), problems: [415, 422], to: customers.identify),
            route("POST", "/lookup", for: .key(for: .read), problems: [415, 422], to: customers.lookUp),
            route("GET", "/contacts/{id}", for: .key(for: .read), problems: [404, 410], to: contacts.respond),
            route("GET", "/changes", for: .key(for: .read), problems: [410], to: changes.respond),
            route(
                "POST", "/corrections", for: .key(for: .correct), problems: [404, 409, 410, 415],
                to: corrections.correct),
            route(
                "POST", "/corrections/undo", for: .key(for: .correct), problems: [404, 409, 410, 415],
                to: corrections.undo),
            route("GET", "/corrections", for: .key(for: .read), to: corrections.list),
            route("GET", "/report", for: .key(for: .read), to: overview.report),
            route("GET", "/key", for: .anyKey, to: operations.key),
            route("POST", "/erase", for: .key(for: .admin), problems: [404, 409, 415], to: erase.respond),
            route("GET", "/metrics", to: operations.metrics),
            route("GET", "/health", to: operations.ready),
            route("GET", "/health/live", to: operations.live),
            route("GET", "/health/ready", to: operations.ready),
            route("GET", "/openapi.json", to: operations.openAPIDocument),
        ]
        routesByPath = Dictionary(grouping: routes, by: \.path)
    }

    func routes(at path: String) -> [Route] {
        routesByPath[path] ?? routesByPath[path.dropLast(path.lastSegment.count) + "{id}"] ?? []
    }

    /// Never fails: every failure has its answer.
    /// - Parameter hasRoom: Whether there is memory for an answer of so many bytes.
    public func respond(
        to request: Request, ifThereIsRoom hasRoom: (Int) -> Bool = { _ in true }
    ) async -> (Response, RequestContext) {
        let begin = ContinuousClock.now
        var context = RequestContext(request)
        let caller = origins.caller(of: request)
        var response: Response
        do {
            let endpoint = try endpoint(for: request, from: caller, &context)
            response = try await endpoint(request, &context)
            guard hasRoom(response.body.count) else { throw Problem.tooMuchUnsent }
        } catch {
            response = Problem(error).response(to: context)
        }
        origins.mark(&response, for: caller)
        response.headers.append(("X-Request-Id", context.id.text))
        context.end(after: .now - begin)
        return (response, context)
    }

    private func endpoint(
        for request: Request, from caller: OriginPolicy.Caller, _ context: inout RequestContext
    ) throws -> Route.Endpoint {
        let there = routes(at: request.path)
        guard let path = there.first?.path else { throw Problem.notFound }
        context.route = path
        if caller == .foreign { throw Problem.foreignPage }

        // RFC 9110, 9.3.2: HEAD is GET without the body, which the web server leaves out.
        let method = request.method == "HEAD" ? "GET" : request.method
        guard let route = there.first(where: { $0.method == method }) else {
            let methods = there.flatMap { $0.method == "GET" ? ["GET", "HEAD"] : [$0.method] }
            guard method == "OPTIONS", case .page = caller, request.page?.preflightMethod != nil else {
                throw Problem.methodNotAllowed(methods)
            }
            return { _, _ in OriginPolicy.preflight(allowing: methods) }
        }
        if route.access != .everybody {
            context.key = try access.admit(request.authorization, for: route.access)
        }
        return route.endpoint
    }
}
