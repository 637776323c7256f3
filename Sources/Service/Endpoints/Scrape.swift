import FastCGI

/// `GET /metrics`: what all instances count, for Prometheus.
struct Scrape {
    let metrics: Metrics

    func respond(_ exchange: borrowing Exchange, _ visit: inout Visit) -> Response {
        Response(
            status: 200, reason: "OK",
            headers: [("Content-Type", Exposition.contentType), ("Cache-Control", "no-store")],
            body: Array(metrics.page().utf8))
    }
}
