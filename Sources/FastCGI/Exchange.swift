internal import CFastCGI
internal import Glibc

/// One request and the answer to it, on a connection of its own. Let go of unanswered, it closes the
/// connection, and the web server sees that nothing was answered.
public struct Exchange: ~Copyable {
    public enum Body: Sendable {
        case whole([UInt8])
        /// It has more bytes than allowed. All of them were read, so the answer will arrive.
        case tooLarge
        /// It ended before what CONTENT_LENGTH says.
        case truncated
    }

    /// libfcgi's streams point back into the request, so it must not move.
    private let request: UnsafeMutablePointer<FCGX_Request>

    /// How long a peer may take to make room for more of its answer, in seconds. (Reads need no bound: the
    /// request is whole before it gets here.)
    private static let sendTimeout = 2

    /// Takes over `connection`, on which a whole request waits. `nil`, and closed, if libfcgi finds
    /// fault with it.
    init?(connection: Int32) {
        var limit = timeval(tv_sec: Exchange.sendTimeout, tv_usec: 0)
        setsockopt(connection, SOL_SOCKET, SO_SNDTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))

        let request = UnsafeMutablePointer<FCGX_Request>.allocate(capacity: 1)
        // No listening socket: libfcgi must not accept by itself when this connection fails.
        FCGX_InitRequest(request, -1, 0)
        request.pointee.ipcFd = connection
        // FCGX_Accept_r begins by finishing what was before, and would close the connection with it.
        request.pointee.keepConnection = 1
        // Close at once; libfcgi would wait up to 2 s for the peer to close first.
        request.pointee.detached = 1
        guard FCGX_Accept_r(request) == 0 else {
            request.deallocate()
            return nil
        }
        // Last: once it has all its members, deinit would also run for `nil`.
        self.request = request
    }

    deinit {
        request.pointee.keepConnection = 0
        FCGX_Finish_r(request)
        request.deallocate()
    }

    /// A FastCGI parameter, such as REQUEST_METHOD. Bytes that are no UTF-8 become U+FFFD.
    public func parameter(_ name: String) -> String? {
        FCGX_GetParam(name, request.pointee.envp).map { String(cString: $0) }
    }

    /// Reads the body to its end, however long it is, and keeps at most `limit` bytes of it.
    public func body(limit: Int) -> Body {
        let announced = parameter("CONTENT_LENGTH").flatMap { Int($0) }
        var length = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: limit + 1) { buffer, count in
            count = buffer.withMemoryRebound(to: CChar.self) {
                Int(FCGX_GetStr($0.baseAddress, Int32($0.count), request.pointee.in))
            }
            length = count
        }
        if length > limit {
            while FCGX_GetChar(request.pointee.in) != -1 {}
            return .tooLarge
        }
        guard FCGX_GetError(request.pointee.in) == 0, announced ?? length == length else { return .truncated }
        return .whole(bytes)
    }

    /// Sends the answer, as a CGI response (RFC 3875, 6), and ends the exchange.
    public consuming func respond(_ response: Response) {
        var head = "Status: \(response.status) \(response.reason)\r\nContent-Length: \(response.body.count)\r\n"
        for (name, value) in response.headers {
            head += "\(name): \(value)\r\n"
        }
        head += "\r\n"
        head.withUTF8 { write($0) }
        response.body.withUnsafeBufferPointer { write($0) }
    }

    private func write(_ bytes: UnsafeBufferPointer<UInt8>) {
        bytes.withMemoryRebound(to: CChar.self) {
            _ = FCGX_PutStr($0.baseAddress, Int32($0.count), request.pointee.out)
        }
    }
}
