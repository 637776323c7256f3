internal import APIKeys
internal import ContactStore

/// What programs ask that look after the service.
struct Operations {
    let store: ContactStore
    let metrics: () -> String

    /// `GET /health/live`: the process answers.
    func live(_ request: Request, _ context: inout RequestContext) -> Response {
        .ok { $0.member("status", "live") }
    }

    /// `GET /health/ready` and `GET /health`: it can also serve, with the database in reach and at this version's schema.
    func ready(_ request: Request, _ context: inout RequestContext) async throws -> Response {
        try await context.value { try await store.checkReady() }
        return .ok { $0.member("status", "ready") }
    }

    /// `GET /key`: who the caller is here, and what it may do. Without keys, everybody may do everything.
    func key(_ request: Request, _ context: inout RequestContext) -> Response {
        let key = context.key
        return .ok { json in
            json.member("name", orNull: key?.name)
            json.member("scopes", Scope.allCases.filter { key?.allows($0) ?? true }.map(\.rawValue))
        }
    }

    /// `GET /metrics`: what all instances count, for Prometheus.
    func metrics(_ request: Request, _ context: inout RequestContext) -> Response {
        Response(
            status: 200, reason: "OK",
            headers: [("Content-Type", "text/plain; version=0.0.4; charset=utf-8"), ("Cache-Control", "no-store")],
            body: Array(metrics().utf8))
    }

    /// `GET /openapi.json`: all of this API, for programs (OpenAPI 3.1).
    func openAPIDocument(_ request: Request, _ context: inout RequestContext) -> Response {
        Response(
            status: 200, reason: "OK", headers: [("Content-Type", "application/json")],
            body: PackageResources.openapi_json)
    }
}
