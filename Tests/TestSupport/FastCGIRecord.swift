/// The bytes that a web server sends, record by record, so that a test can also send what none would.
/// Source: FastCGI specification 1.0, 3.3 Records to 3.4 Name-Value Pairs and 5 Application Record Types.
public enum FastCGIRecord {
    public enum Kind: UInt8, Sendable {
        case beginRequest = 1
        case abortRequest = 2
        case endRequest = 3
        case parameters = 4
        case standardInput = 5
        case standardOutput = 6
        case getValues = 9
    }

    public static func record(
        _ kind: Kind, id: UInt16 = 1, version: UInt8 = 1, padding: UInt8 = 0, _ content: [UInt8] = []
    ) -> [UInt8] {
        let length = UInt16(content.count)
        return [version, kind.rawValue, UInt8(id >> 8), UInt8(id & 255), UInt8(length >> 8), UInt8(length & 255)]
            + [padding, 0] + content + Array(repeating: 0, count: Int(padding))
    }

    public static func begin(id: UInt16 = 1, role: UInt16 = 1, keepingConnection: Bool = false) -> [UInt8] {
        let flags: UInt8 = keepingConnection ? 1 : 0
        return record(.beginRequest, id: id, [UInt8(role >> 8), UInt8(role & 255), flags, 0, 0, 0, 0, 0])
    }

    /// The content of parameter records.
    public static func pairs(_ parameters: [(String, String)]) -> [UInt8] {
        parameters.flatMap { name, value in
            length(name.utf8.count) + length(value.utf8.count) + Array(name.utf8) + Array(value.utf8)
        }
    }

    /// A stream of one kind: as many records as its content needs, and the empty one that ends it.
    /// - Parameter size: The most bytes of content in one record.
    public static func stream(_ kind: Kind, _ content: [UInt8], size: Int = 32768) -> [UInt8] {
        stride(from: 0, to: content.count, by: size).flatMap { start in
            record(kind, Array(content[start..<min(start + size, content.count)]))
        } + record(kind)
    }

    /// A whole request: a POST with a CONTENT_LENGTH that is right, unless `parameters` say otherwise.
    public static func request(
        _ parameters: [(String, String)] = [], body: [UInt8] = [], keepingConnection: Bool = false
    ) -> [UInt8] {
        let usual = [("REQUEST_METHOD", "POST"), ("CONTENT_LENGTH", "\(body.count)")]
        let all = usual.filter { name, _ in !parameters.contains { $0.0 == name } } + parameters
        return begin(keepingConnection: keepingConnection) + stream(.parameters, pairs(all))
            + stream(.standardInput, body)
    }

    /// One byte below 128, else four with the highest bit set.
    private static func length(_ length: Int) -> [UInt8] {
        if length < 128 { return [UInt8(length)] }
        return [UInt8(0x80 | length >> 24), UInt8(length >> 16 & 255), UInt8(length >> 8 & 255), UInt8(length & 255)]
    }
}
