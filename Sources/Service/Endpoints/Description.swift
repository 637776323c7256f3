import FastCGI

/// `GET /openapi.json`: all of this API, for programs (OpenAPI 3.1).
struct Description {
    func respond(_ exchange: borrowing Exchange, _ visit: inout Visit) -> Response {
        Response(
            status: 200, reason: "OK", headers: [("Content-Type", "application/json")],
            body: PackageResources.openapi_json)
    }
}
