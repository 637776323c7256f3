import FastCGI

/// `GET /health/live`: the process answers. `GET /health/ready` and `GET /health`: it can also serve, with
/// the database in reach and at this version's schema.
struct Health {
    let store: ContactStore

    func live(_ exchange: borrowing Exchange, _ visit: inout Visit) -> Response {
        .ok { $0.member("status", "live") }
    }

    func ready(_ exchange: borrowing Exchange, _ visit: inout Visit) async throws -> Response {
        try await store.checkReady(counting: &visit.retries)
        return .ok { $0.member("status", "ready") }
    }
}
