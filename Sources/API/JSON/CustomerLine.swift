/// A line of an export in NDJSON, read back: the other way of `JSONWriter.cluster`.
public struct CustomerLine {
    /// The primary's first.
    public let emails: [String]
    public let phoneNumbers: [String]

    /// - Returns: `nil` for what is no such line.
    public init?(_ json: [UInt8]) {
        guard let lists = try? CustomerLine.lists(json), let emails = lists["emails"],
            let phoneNumbers = lists["phoneNumbers"]
        else { return nil }
        self.emails = emails
        self.phoneNumbers = phoneNumbers
    }

    private static func lists(_ json: [UInt8]) throws(JSONError) -> [String: [String]] {
        guard String(validating: json, as: UTF8.self) != nil else { throw JSONError("The body is not UTF-8") }
        var lists: [String: [String]] = [:]
        var scanner = JSONScanner(json)
        try scanner.object { scanner, name throws(JSONError) in
            guard name == "emails" || name == "phoneNumbers" else { return try scanner.skipValue() }
            guard lists.updateValue(try scanner.strings(), forKey: name) == nil else {
                throw JSONError("The body holds the member \"\(name)\" twice")
            }
        }
        try scanner.end()
        return lists
    }
}
