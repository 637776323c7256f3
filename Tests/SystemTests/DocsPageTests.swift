import Foundation
import TestSupport
import Testing

@Suite("The page at /docs/", .serialized)
struct DocsPageTests {
    /// These are none of the service's answers, so the OpenAPI document has none of them.
    private func get(_ path: String, of server: RunningServer, method: String = "GET") throws -> HTTP.Answer {
        try HTTP.send(method, path, port: server.port, headers: [], body: [], isChecked: false)
    }

    @Test("is served by nginx, with all that it needs, and may load nothing from elsewhere")
    func served() throws {
        let server = try RunningServer()
        let page = try get("/docs/", of: server)
        #expect(page.status == 200 && page.header("Content-Type") == "text/html; charset=utf-8")
        #expect(
            page.header("Content-Security-Policy")
                == "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; connect-src 'self'; "
                + "img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
        #expect(page.header("X-Content-Type-Options") == "nosniff")
        let types = ["js": "text/javascript; charset=utf-8", "css": "text/css; charset=utf-8", "png": "image/png"]
        let parts = page.body.matches(of: #/(?:src|href)="([^"\/]+\.(js|css|png))"/#)
        #expect(parts.count == 4)
        for part in parts {
            let answer = try get("/docs/\(part.1)", of: server)
            #expect(answer.status == 200 && answer.header("Content-Type") == types[String(part.2)], "\(part.1)")
        }
        #expect(try get("/docs/LICENSE", of: server).body.contains("Apache License"))

        let redirect = try get("/docs", of: server)
        #expect(redirect.status == 301 && redirect.header("Location") == "/docs/")
        #expect(try get("/docs/", of: server, method: "POST").status == 405)
        #expect(try get("/docs/../run/supervisor.pid", of: server).status == 404)
    }

    @Test("is a 404 that says how to come by it where Swagger UI can't be fetched, and all else is served")
    func withoutNetwork() throws {
        let cache = FileManager.default.temporaryDirectory.appending(path: "cache-\(UUID())").path
        defer { try? FileManager.default.removeItem(atPath: cache) }
        let server = try RunningServer(["XDG_CACHE_HOME": cache, "PIP_INDEX_URL": "http://127.0.0.1:9/"])
        let page = try get("/docs/", of: server)
        #expect(page.status == 404 && page.header("Content-Type") == "text/plain")
        #expect(page.body.contains("script/server fetches"))
        #expect(try HTTP.get("/health/ready", port: server.port).status == 200)
    }
}
