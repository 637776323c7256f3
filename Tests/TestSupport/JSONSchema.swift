import Foundation

/// A JSON value. (`JSONSerialization` can't tell `true` from 1 on Linux.)
indirect enum JSON: Decodable, Equatable {
    case null
    case boolean(Bool)
    case number(Double)
    case string(String)
    case array([JSON])
    case object([String: JSON])

    init(from decoder: any Decoder) throws {
        let value = try decoder.singleValueContainer()
        if value.decodeNil() {
            self = .null
        } else if let boolean = try? value.decode(Bool.self) {
            self = .boolean(boolean)
        } else if let number = try? value.decode(Double.self) {
            self = .number(number)
        } else if let string = try? value.decode(String.self) {
            self = .string(string)
        } else if let array = try? value.decode([JSON].self) {
            self = .array(array)
        } else {
            self = .object(try value.decode([String: JSON].self))
        }
    }

    init(_ bytes: Data) throws {
        self = try JSONDecoder().decode(JSON.self, from: bytes)
    }

    /// `nil` where there is none.
    subscript(_ name: String) -> JSON? { members[name] }

    var members: [String: JSON] { if case .object(let members) = self { members } else { [:] } }
    var items: [JSON] { if case .array(let items) = self { items } else { [] } }
    var text: String? { if case .string(let text) = self { text } else { nil } }

    fileprivate var number: Double? { if case .number(let number) = self { number } else { nil } }

    fileprivate func isOf(type: String) -> Bool {
        switch self {
        case .null: type == "null"
        case .boolean: type == "boolean"
        case .number(let number): type == "number" || type == "integer" && number == number.rounded()
        case .string: type == "string"
        case .array: type == "array"
        case .object: type == "object"
        }
    }
}

/// As much of JSON Schema (draft 2020-12) as the OpenAPI document uses for answers. A keyword that is not known here is a
/// fault: else it would not be checked. So is a member that `properties` does not name: clients have to expect more, but
/// nothing is sent that is not in the document.
struct JSONSchema {
    /// Where `$ref` leads to.
    let document: JSON

    /// What of `value` is not as `schema` says, with the place.
    func faults(_ value: JSON, _ schema: JSON, at place: String = "") -> [String] {
        schema.members.sorted { $0.key < $1.key }.flatMap { keyword, rule in
            (isRight(value, keyword, rule) ? [] : ["\(place): \(keyword) \(rule)"])
                + nested(value, keyword, rule, schema, place)
        }
    }

    func target(of reference: JSON) -> JSON? {
        reference["$ref"]?.text.flatMap { path in
            path.split(separator: "/").dropFirst().reduce(document as JSON?) { $0?[String($1)] }
        } ?? reference
    }

    private func isRight(_ value: JSON, _ keyword: String, _ rule: JSON) -> Bool {
        switch keyword {
        case "type": (rule.text.map { [$0] } ?? rule.items.compactMap(\.text)).contains(where: value.isOf)
        case "enum": rule.items.contains(value)
        case "const": rule == value
        case "minimum": value.number.map { $0 >= rule.number! } ?? true
        case "maximum": value.number.map { $0 <= rule.number! } ?? true
        case "minItems": value.items.count >= Int(rule.number!)
        case "maxItems": value.items.count <= Int(rule.number!)
        case "uniqueItems": value.items.indices.allSatisfy { !value.items[..<$0].contains(value.items[$0]) }
        case "maxLength": value.text.map { $0.unicodeScalars.count <= Int(rule.number!) } ?? true
        case "pattern": value.text.map { $0.range(of: rule.text!, options: .regularExpression) != nil } ?? true
        case "required": rule.items.allSatisfy { value[$0.text!] != nil }
        case "properties": value.members.keys.allSatisfy { rule[$0] != nil }
        case "$ref", "items", "description", "examples", "format": true
        default: false
        }
    }

    private func nested(_ value: JSON, _ keyword: String, _ rule: JSON, _ schema: JSON, _ place: String) -> [String] {
        switch keyword {
        case "$ref":
            target(of: schema).map { faults(value, $0, at: place) } ?? ["\(place): \(rule) leads nowhere"]
        case "properties":
            rule.members.flatMap { name, rule in value[name].map { faults($0, rule, at: "\(place)/\(name)") } ?? [] }
        case "items":
            value.items.enumerated().flatMap { faults($1, rule, at: "\(place)/\($0)") }
        default: []
        }
    }
}
