/// A message of PostgreSQL's protocol 3.0, whole (PostgreSQL 15, 55.7 Message Formats).
struct WireMessage {
    /// 0 of the first that a client sends, which has none.
    let type: UInt8
    let bytes: [UInt8]

    /// What of it a program sends, as a statement of its own or as a name.
    private func text(at offset: Int) -> String {
        String(decoding: bytes[offset...].prefix { $0 != 0 }, as: UTF8.self)
    }

    /// Of Bind: the prepared statement, behind the portal's name.
    var statement: String { text(at: bytes[5...].firstIndex(of: 0)! + 1) }

    /// Of Query: its first words.
    var query: String { text(at: 5).split(separator: " ").prefix(2).joined(separator: " ") }

    /// Of BackendKeyData: the server process.
    var process: Int64 { bytes[5..<9].reduce(0) { $0 << 8 | Int64($1) } }

    /// Of ReadyForQuery: whether the transaction has failed.
    var hasFailed: Bool { bytes[5] == UInt8(ascii: "E") }

    static let flush = WireMessage(type: UInt8(ascii: "H"), bytes: [UInt8(ascii: "H"), 0, 0, 0, 4])

    /// With a text in the place of another.
    func replacing(_ text: String, with other: String) -> WireMessage {
        let rest = Array(bytes[5...]).replacing(Array(text.utf8), with: Array(other.utf8))
        return WireMessage(type: type, bytes: [type] + WireMessage.length(of: rest) + rest)
    }

    private static func length(of rest: [UInt8]) -> [UInt8] {
        withUnsafeBytes(of: UInt32(rest.count + 4).bigEndian, Array.init)
    }

    init(query sql: String) {
        let text = Array(sql.utf8) + [0]
        self.init(type: UInt8(ascii: "Q"), bytes: [UInt8(ascii: "Q")] + WireMessage.length(of: text) + text)
    }

    fileprivate init(type: UInt8, bytes: [UInt8]) {
        self.type = type
        self.bytes = bytes
    }
}

/// Bytes as they come, taken out as messages.
struct WireMessages {
    private var bytes: [UInt8] = []
    private var isFirst: Bool

    init(ofClient: Bool) {
        isFirst = ofClient
    }

    mutating func append(_ more: some Sequence<UInt8>) {
        bytes += more
    }

    /// The next message, which stays; `nil` while it is not there as a whole.
    var next: WireMessage? {
        let start = isFirst ? 0 : 1
        guard bytes.count >= start + 4 else { return nil }
        let length = bytes[start..<(start + 4)].reduce(0) { $0 << 8 | Int($1) }
        guard bytes.count >= start + length else { return nil }
        return WireMessage(type: isFirst ? 0 : bytes[0], bytes: Array(bytes.prefix(start + length)))
    }

    mutating func remove(_ next: WireMessage) {
        bytes.removeFirst(next.bytes.count)
        isFirst = false
    }
}
