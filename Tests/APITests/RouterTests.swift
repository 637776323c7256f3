import ContactStore
import EventLoop
import Foundation
import Settings
import Testing

@testable import API

extension Router {
    /// With default settings, and a database that is never asked.
    static func unconnected() throws -> Router {
        let settings = try Settings(environment: ["ALLOW_ANONYMOUS": "true"])
        let rule = DatabaseRule(settings.identifierRule)
        let store = ContactStore(
            database: settings.databaseURL, rule: rule, connections: settings.connections,
            requestDeadline: settings.requestDeadline, maximumClusterSize: settings.maximumClusterSize,
            on: try EventLoop())
        return Router(
            store: store, settings: settings, access: try AccessControl(settings),
            blocked: try BlockedIdentifiers(settings, rule: rule), report: SharedReport(database: settings.databaseURL),
            metrics: { "" })
    }
}

/// What is written elsewhere of the router's paths, beside the OpenAPI document (`OpenAPITests`).
@Suite("The paths of the router")
struct RouterTests {
    private static let repository = URL(filePath: #filePath).appending(path: "../../..").standardized

    private let router: Router
    private var routes: [Route] { router.routes }

    init() throws {
        router = try Router.unconnected()
    }

    private func text(_ path: String) throws -> String {
        try String(contentsOf: RouterTests.repository.appending(path: path), encoding: .utf8)
    }

    /// The path of the route that answers a request for `target`; "other" where none does.
    private func answering(_ target: String) -> String {
        var path = target.prefix { $0 != "?" }
        if path.count > 1 && path.hasSuffix("/") { path.removeLast() }
        return router.routes(at: String(path)).first?.path ?? "other"
    }

    @Test("are what nginx logs, each as its route and all else as other")
    func nginx() throws {
        let maps = try text("nginx/parts/http.conf").components(separatedBy: "\nmap ")
        let map = try #require(maps.first { $0.hasPrefix("$request_uri $logged_route {") })
        let entries = try map.split(separator: "\n").compactMap { line in
            try line.wholeMatch(of: #/ *"~(.+)" +"?([^"]+)"?;/#).map { (try Regex(String($0.1)), String($0.2)) }
        }
        // Looked up before the expressions.
        for line in map.split(separator: "\n") {
            guard let whole = line.wholeMatch(of: #/ *(/.+?) +(.+);/#) else { continue }
            #expect(answering(String(whole.1)) == whole.2)
        }
        #expect(entries.map(\.1).sorted() == Set(routes.map(\.path)).sorted())

        func logged(_ target: String) throws -> String {
            try entries.first { try $0.0.firstMatch(in: target) != nil }?.1 ?? "other"
        }
        let paths = routes.map { $0.path.replacing("{id}", with: "17") }
        for path in paths + ["/", "/contacts", "/contacts/a@b.c", "/contacts/1/2", "/nowhere"] {
            for target in [path, path + "/", path + "?a=/lookup", path + "x", path + "/x", "/x" + path] {
                #expect(try logged(target) == answering(target), "\(target)")
            }
        }
    }

    @Test("are what README.md and docs/ name, all of them and no other")
    func documents() throws {
        let docs = try FileManager.default.contentsOfDirectory(
            atPath: RouterTests.repository.appending(path: "docs").path
        ).filter { $0.hasSuffix(".md") }.map { "docs/\($0)" }
        let documents = try (["README.md"] + docs).map(text).joined()
        for route in routes {
            #expect(documents.contains("`\(route.method) \(route.path)`") || documents.contains("`\(route.path)`"))
        }
        for match in documents.matches(of: #/(?:`(?:GET|HEAD|POST|PUT|DELETE) |127\.0\.0\.1:8000)(/[^\s`'"]*)/#) {
            #expect(answering(String(match.1)) != "other", "\(match.0)")
        }
    }
}
