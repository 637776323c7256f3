import Glibc

/// The web server's side of one FastCGI connection. A peer that takes nothing for 15 seconds makes `send` fail. Closed
/// when let go of.
public final class FastCGIClient {
    /// What came back.
    public enum Reply: Equatable {
        case answer(Answer)
        /// The connection was closed before the answer had come whole.
        case dropped
        /// Nothing happened for the time given.
        case silence

        /// Of the answer, if there is one.
        public var status: Int? {
            if case .answer(let answer) = self { answer.status } else { nil }
        }
    }

    public struct Answer: Equatable {
        /// From the CGI header "Status".
        public let status: Int
        /// By lower-cased name.
        public let headers: [String: String]
        public let body: [UInt8]

        public var text: String { String(decoding: body, as: UTF8.self) }
    }

    public struct ConnectError: Error {
        public let code: Int32
    }

    private let descriptor: Int32
    private var received: [UInt8] = []

    public init(path: String) throws {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        precondition(path.utf8.count < MemoryLayout.size(ofValue: address.sun_path))
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        try FastCGIClient.connect(descriptor, to: address)
    }

    /// On this machine, over TCP.
    public init(port: UInt16) throws {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        try FastCGIClient.connect(descriptor, to: address)
    }

    deinit {
        close(descriptor)
    }

    private static func connect<Address>(_ descriptor: Int32, to address: Address) throws {
        var limit = timeval(tv_sec: 15, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        let result = withUnsafeBytes(of: address) {
            Glibc.connect(
                descriptor, $0.baseAddress!.assumingMemoryBound(to: sockaddr.self), socklen_t($0.count))
        }
        guard result == 0 else {
            let code = errno
            close(descriptor)
            throw ConnectError(code: code)
        }
    }

    /// - Returns: Whether the peer took all of it.
    @discardableResult
    public func send(_ bytes: [UInt8]) -> Bool {
        let noSignal = Int32(MSG_NOSIGNAL)
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { bytes in
                restarting { Glibc.send(descriptor, bytes.baseAddress, bytes.count, noSignal) }
            }
            guard count > 0 else { return false }
            rest = rest.dropFirst(count)
        }
        return true
    }

    /// Nothing more will be sent; answers can still come.
    public func finishSending() {
        shutdown(descriptor, Int32(SHUT_WR))
    }

    /// Whether the peer has read all that was sent.
    public var isTaken: Bool {
        var unread: Int32 = 0
        return ioctl(descriptor, UInt(TIOCOUTQ), &unread) == 0 && unread == 0
    }

    /// Reads up to the record that ends the request.
    /// - Parameters:
    ///   - limit: For the whole answer. The default is for what promises no time.
    ///   - size: How much to take at once, in bytes.
    ///   - pause: After each piece.
    public func reply(
        within limit: Duration = .seconds(30), pieces size: Int = 65536, every pause: Duration = .zero
    ) -> Reply {
        let end = ContinuousClock.now + limit
        while true {
            if let answer = answer() { return .answer(answer) }
            guard isReadable(before: end) else { return .silence }
            var buffer = [UInt8](repeating: 0, count: size)
            let count = restarting { recv(descriptor, &buffer, buffer.count, 0) }
            guard count > 0 else { return .dropped }
            received += buffer[..<count]
            if pause > .zero { usleep(UInt32(pause / .microseconds(1))) }
        }
    }

    /// Whether the peer closes the connection, whatever it sends before.
    public func isClosed(within limit: Duration) -> Bool {
        let end = ContinuousClock.now + limit
        while true {
            guard isReadable(before: end) else { return false }
            var buffer = [UInt8](repeating: 0, count: 65536)
            if restarting({ recv(descriptor, &buffer, buffer.count, 0) }) <= 0 { return true }
        }
    }

    private func isReadable(before end: ContinuousClock.Instant) -> Bool {
        guard .now < end else { return false }
        var event = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        return restarting { Int(poll(&event, 1, Int32(max(.zero, end - .now) / .milliseconds(1)))) } > 0
    }

    /// A signal, such as libFuzzer's timer sends, is no answer.
    private func restarting(_ call: () -> Int) -> Int {
        while true {
            let result = call()
            if result >= 0 || errno != EINTR { return result }
        }
    }

    /// Takes the next answer out of what was received, once its request was ended.
    private func answer() -> Answer? {
        var output: [UInt8] = []
        var rest = received[...]
        while rest.count >= 8 {
            let header = Array(rest.prefix(8))
            let length = Int(header[4]) << 8 | Int(header[5])
            guard rest.count >= 8 + length + Int(header[6]) else { return nil }
            let content = rest.dropFirst(8).prefix(length)
            switch FastCGIRecord.Kind(rawValue: header[1]) {
            case .standardOutput: output += content
            case .endRequest:
                received = Array(rest.dropFirst(8 + length + Int(header[6])))
                return Answer(output)
            default: break
            }
            rest = rest.dropFirst(8 + length + Int(header[6]))
        }
        return nil
    }
}

extension FastCGIClient.Answer {
    /// Reads a CGI response (RFC 3875, 6). Without a Status it is 200.
    fileprivate init(_ output: [UInt8]) {
        let blank = Array("\r\n\r\n".utf8)
        let end = output.indices.first { output[$0...].starts(with: blank) } ?? output.endIndex
        var headers: [String: String] = [:]
        for line in String(decoding: output[..<end], as: UTF8.self).split(separator: "\r\n") {
            guard let colon = line.firstIndex(of: ":") else { continue }
            headers[line[..<colon].lowercased()] = String(line[colon...].dropFirst().drop { $0 == " " })
        }
        self.headers = headers
        status = headers["status"].flatMap { Int($0.prefix(3)) } ?? 200
        body = Array(output[end...].dropFirst(blank.count))
    }
}
