import Foundation
import Settings
import Testing

@testable import API

@Suite("The OpenAPI document")
struct OpenAPITests {
    private let document: [String: Any]
    private let paths: [String: [String: [String: Any]]]

    init() throws {
        let json = try JSONSerialization.jsonObject(with: Data(PackageResources.openapi_json))
        document = try #require(json as? [String: Any])
        paths = try #require(document["paths"] as? [String: [String: [String: Any]]])
    }

    private func values(of key: String, in value: Any) -> [Any] {
        switch value {
        case let object as [String: Any]:
            object.flatMap { ($0.key == key ? [$0.value] : []) + values(of: key, in: $0.value) }
        case let array as [Any]: array.flatMap { values(of: key, in: $0) }
        default: []
        }
    }

    @Test("is of OpenAPI 3.1, and of this version of identityd")
    func versions() throws {
        #expect((document["openapi"] as? String)?.hasPrefix("3.1.") == true)
        #expect((document["info"] as? [String: Any])?["version"] as? String == version)
    }

    @Test("has every route of the router and no other, each with its scope and all that it answers with")
    func routes() throws {
        let router = try Router.unconnected()
        let documented = paths.flatMap { path, operations in operations.keys.map { "\($0.uppercased()) \(path)" } }
        #expect(documented.sorted() == router.routes.map { "\($0.method) \($0.path)" }.sorted())
        for route in router.routes {
            let operation = paths[route.path]?[route.method.lowercased()]
            #expect((operation?["security"] != nil) == (route.access != .everybody), "\(route.path)")
            let responses = operation?["responses"] as? [String: Any]
            #expect(responses?.keys.sorted() == route.statuses.map(String.init).sorted(), "\(route.path)")
            let description = operation?["description"] as? String
            if case .key(let scope) = route.access {
                #expect(description?.hasSuffix("scope \(scope).") == true, "\(route.path)")
            }
        }
    }

    @Test("has no reference that leads nowhere")
    func references() throws {
        let references = values(of: "$ref", in: document).compactMap { $0 as? String }
        #expect(references.count > 50)
        for reference in references {
            let steps = reference.split(separator: "/")
            #expect(steps.first == "#")
            let target = steps.dropFirst().reduce(document as Any?) { ($0 as? [String: Any])?[String($1)] }
            #expect(target != nil, "\(reference)")
        }
    }

    @Test("says of every answer of its own what is in it")
    func answers() throws {
        for (path, operations) in paths {
            for operation in operations.values {
                let responses = try #require(operation["responses"] as? [String: [String: Any]])
                let content = try #require(responses["200"]?["content"] as? [String: [String: Any]])
                #expect(content.values.allSatisfy { $0["schema"] != nil }, "\(path)")
            }
        }
    }

    @Test("serves the generators of clients: one named schema for each body, no choice between schemas, verbs, tags")
    func generators() throws {
        for choice in ["anyOf", "oneOf", "allOf"] { #expect(values(of: choice, in: document).isEmpty, "\(choice)") }
        let bodies = values(of: "application/json", in: paths).compactMap { ($0 as? [String: Any])?["schema"] }
        #expect(bodies.count > 15)
        #expect(bodies.allSatisfy { ($0 as? [String: Any])?["$ref"] != nil })
        // openapi-generator refuses these.
        let links = values(of: "links", in: paths).compactMap { $0 as? [String: [String: Any]] }.flatMap(\.values)
        #expect(links.count == 2 && links.allSatisfy { $0["requestBody"] == nil })

        let tags = try #require(document["tags"] as? [[String: String]]).compactMap { $0["name"] }
        for (path, operations) in paths {
            for (method, operation) in operations {
                let used = operation["tags"] as? [String] ?? []
                #expect(used.count == 1 && tags.contains(used), "\(method) \(path)")
                let verb = (operation["operationId"] as? String ?? "").prefix { $0.isLowercase }
                #expect(OpenAPITests.verbs.contains(verb), "\(method) \(path)")
            }
        }
        let names = values(of: "operationId", in: paths).compactMap { $0 as? String }
        #expect(Set(names).count == paths.values.reduce(0) { $0 + $1.count })
    }

    private static let verbs: Set<Substring> = ["identify", "lookup", "get", "list", "correct", "undo", "erase"]
}
