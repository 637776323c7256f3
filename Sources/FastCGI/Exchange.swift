internal import CFastCGI

/// One request and the answer to it. Let go of unanswered, it closes its connection, and the web server sees that
/// nothing was answered.
public struct Exchange: ~Copyable {
    public enum Body: Sendable {
        case whole([UInt8])
        /// It has more bytes than allowed. All of them were read, so the answer will arrive.
        case tooLarge
        /// It ended before what CONTENT_LENGTH says.
        case truncated
    }

    private let request: UnsafeMutablePointer<FCGX_Request>
    /// Owns the request, and goes on after it.
    private let channel: Channel
    private let isToBeKept: Bool

    init(_ request: UnsafeMutablePointer<FCGX_Request>, of channel: Channel) {
        self.request = request
        self.channel = channel
        isToBeKept = request.pointee.keepConnection != 0
        request.pointee.keepConnection = 0
    }

    deinit {
        skipBody()
        channel.finishRequest()
    }

    /// A FastCGI parameter, such as REQUEST_METHOD. Bytes that are no UTF-8 become U+FFFD.
    public func parameter(_ name: String) -> String? {
        FCGX_GetParam(name, request.pointee.envp).map { String(cString: $0) }
    }

    /// Reads the body to its end, however long it is, and keeps at most `limit` bytes of it.
    public func body(limit: Int) -> Body {
        let announced = parameter("CONTENT_LENGTH").flatMap { Int($0) }
        var length = 0
        let room = min(limit, max(0, announced ?? limit)) + 1
        let bytes = [UInt8](unsafeUninitializedCapacity: room) { buffer, count in
            count = buffer.withMemoryRebound(to: CChar.self) {
                Int(FCGX_GetStr($0.baseAddress, Int32($0.count), request.pointee.in))
            }
            length = count
        }
        if length > limit {
            skipBody()
            return .tooLarge
        }
        guard FCGX_GetError(request.pointee.in) == 0, announced ?? length == length else { return .truncated }
        return .whole(bytes)
    }

    /// Tells, on the listener's loop and while it is not answered, whether the peer has gone, so that nobody gets the answer.
    public var isAbandoned: @Sendable () -> Bool {
        // What is let go of elsewhere must not be the last to hold the channel.
        nonisolated(unsafe) unowned let channel = channel
        return { channel.isClosedByPeer }
    }

    /// Whether there is memory for a body of so many bytes that may wait for its peer. If not, send one of less than 8 KiB.
    public func hasRoom(for size: Int) -> Bool { channel.hasRoom(for: size) }

    /// Sends the answer, as a CGI response (RFC 3875, 6), and ends the exchange. A peer that is slow to take it holds up
    /// nothing else; one that is too slow loses the connection.
    public consuming func respond(_ response: Response) async {
        let head = response.head
        let size = head.count + response.body.count
        var isSent = true
        if channel.takesAtOnce(size) {
            head.withUnsafeBufferPointer { write($0) }
            response.body.withUnsafeBufferPointer { write($0) }
        } else {
            skipBody()
            let records = AnswerRecords(of: UInt16(request.pointee.requestId), head, response.body)
            // Without its streams, libfcgi writes nothing at the request's end.
            FCGX_Free(request, 0)
            isSent = await channel.send(records, size: size)
        }
        request.pointee.keepConnection = isSent && isToBeKept ? 1 : 0
    }

    /// The next request stands behind what is left of this one.
    private func skipBody() {
        guard let input = request.pointee.in else { return }
        while FCGX_GetChar(input) != -1 {}
    }

    private func write(_ bytes: UnsafeBufferPointer<UInt8>) {
        bytes.withMemoryRebound(to: CChar.self) {
            _ = FCGX_PutStr($0.baseAddress, Int32($0.count), request.pointee.out)
        }
    }
}

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
    /// What goes before the body (RFC 3875, 6.3).
    fileprivate var head: [UInt8] {
        var head: [UInt8] = []
        head.reserveCapacity(256)
        func append(_ name: String, _ value: String) {
            head += name.utf8
            head += ": ".utf8
            head += value.utf8
            head += "\r\n".utf8
        }
        append("Status", "\(status) \(reason)")
        append("Content-Length", String(body.count))
        for (name, value) in headers { append(name, value) }
        head += "\r\n".utf8
        return head
    }
}
