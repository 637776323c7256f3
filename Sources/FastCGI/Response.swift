/// An answer over HTTP.
public struct Response: Sendable {
    public let status: Int
    /// Names and values without line breaks.
    public var headers: [(name: String, value: String)]
    public let body: [UInt8]

    public init(status: Int, headers: [(name: String, value: String)] = [], body: [UInt8] = []) {
        self.status = status
        self.headers = headers
        self.body = body
    }
}
