import Foundation

/// The OpenAPI document of the source tree, and whether an answer is as it says.
public struct APIDescription: Sendable {
    public struct NotAsDescribed: Error, CustomStringConvertible {
        public let description: String
    }

    private let document: JSON

    public static let current: APIDescription = {
        let folder = URL(filePath: #filePath).appending(path: "../../../Sources/API/OpenAPI").standardized
        return try! APIDescription(Data(contentsOf: folder.appending(path: "openapi.json")))
    }()

    init(_ bytes: Data) throws {
        document = try JSON(bytes)
    }

    /// - Throws: `NotAsDescribed`.
    public func check(_ answer: HTTP.Answer, to method: String, _ path: String) throws {
        let faults = faults(of: answer, to: method, path)
        if faults.isEmpty { return }
        throw NotAsDescribed(
            description: "\(method) \(path) was answered with \(answer.status), not as described: "
                + "\(faults.joined(separator: "; ")): \(answer.body)")
    }

    private func faults(of answer: HTTP.Answer, to method: String, _ path: String) -> [String] {
        let responses = responses(to: method, path)
        guard let response = responses["\(answer.status)"].flatMap(JSONSchema(document: document).target) else {
            return ["the status is not in the document"]
        }
        let schema = JSONSchema(document: document)
        let headers = (response["headers"] ?? .null).members.flatMap { name, reference in
            let header = schema.target(of: reference) ?? .null
            guard let text = answer.header(name) else {
                return header["required"] == .boolean(true) ? ["\(name) is missing"] : []
            }
            let rule = header["schema"] ?? .null
            let number = rule["type"] == .string("integer") ? Double(text) : nil
            return schema.faults(number.map(JSON.number) ?? .string(text), rule, at: name)
        }
        if method == "HEAD" { return headers }

        let type = answer.header("Content-Type")?.prefix { $0 != ";" } ?? ""
        guard let content = response["content"]?.members.first(where: { $0.key.prefix { $0 != ";" } == type }) else {
            return headers + ["the type \(type) is not in the document"]
        }
        let body = type.hasSuffix("json") ? try? JSON(Data(answer.body.utf8)) : .string(answer.body)
        return headers + (body.map { schema.faults($0, content.value["schema"] ?? .null) } ?? ["the body is no JSON"])
    }

    /// By status. Of a path or a method that is not in the document, the errors of any.
    private func responses(to method: String, _ path: String) -> [String: JSON] {
        let name = method == "HEAD" ? "get" : method.lowercased()
        var path = path.prefix { $0 != "?" }
        if path.count > 1 && path.hasSuffix("/") { path.removeLast() }
        let paths = document["paths"]?.members ?? [:]
        let operations = paths.first { APIDescription.matches(path, $0.key) }?.value
        if let operation = operations?[name] { return operation["responses"]?.members ?? [:] }
        let known = (operations.map { [$0] } ?? Array(paths.values)).flatMap(\.members.values)
        return known.reduce(into: [:]) { responses, operation in
            responses.merge(operation["responses"]?.members ?? [:]) { one, _ in one }
        }.filter { $0.key >= "400" }
    }

    private static func matches(_ path: Substring, _ template: String) -> Bool {
        guard let brace = template.firstIndex(of: "{") else { return path == template }
        return path.hasPrefix(template[..<brace]) && !path.dropFirst(template[..<brace].count).contains("/")
    }
}
