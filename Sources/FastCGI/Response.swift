/// An answer over HTTP.
public struct Response: Sendable {
    public let status: Int
    /// The reason phrase (RFC 9112, 4).
    public let reason: String
    /// Names and values without line breaks.
    public var headers: [(name: String, value: String)]
    public let body: [UInt8]

    public init(status: Int, reason: String, headers: [(name: String, value: String)] = [], body: [UInt8] = []) {
        self.status = status
        self.reason = reason
        self.headers = headers
        self.body = body
    }
}
