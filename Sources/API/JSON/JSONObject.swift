/// The members of one JSON object that a request may hold; of its other members, which are checked, the names.
///
/// Written by hand because numbers must be read as they were written: `JSONDecoder` takes `1e5` and
/// `100000.0` for the integer 100000, and does not say that a key came twice (docs/decisions/0004).
/// Source: RFC 8259.
struct JSONObject {
    enum Value: Equatable {
        case null
        case string(String)
        /// As written: "-1", "1e5", "0.10".
        case number(String)
        case bool(Bool)
        /// An array of numbers, each as written.
        case numbers([String])
        case other
    }

    /// Few, so they are looked for one after the other.
    private var kept: [(name: String, value: Value)] = []
    private(set) var otherNames: [String] = []

    /// - Parameter names: The members to keep. One of them may not come twice.
    init(_ bytes: [UInt8], keeping names: [String]) throws(JSONError) {
        guard bytes.allSatisfy({ $0 < 0x80 }) || String(validating: bytes, as: UTF8.self) != nil else {
            throw JSONError("The body is not UTF-8")
        }
        var scanner = JSONScanner(bytes)
        try scanner.object { scanner, name throws(JSONError) in
            guard names.contains(name) else {
                otherNames.append(name)
                try scanner.skipValue()
                return
            }
            guard self[name] == nil else { throw JSONError("The body holds the member \"\(name)\" twice") }
            kept.append((name, try scanner.value()))
        }
        try scanner.end()
    }

    subscript(name: String) -> Value? { kept.first { $0.name == name }?.value }

    /// All that are kept.
    var members: [String: Value] { Dictionary(uniqueKeysWithValues: kept.map { ($0.name, $0.value) }) }
}

/// A text that is no JSON, or no JSON that we take. Never quotes it.
struct JSONError: Error, Equatable {
    /// A sentence without its full stop.
    let reason: String

    init(_ reason: String) {
        self.reason = reason
    }
}
