import Foundation

/// One request to nginx on this machine, byte by byte as a test wants it, and what came back.
public enum HTTP {
    public struct Answer: Sendable {
        /// "HTTP/1.1 200 OK"
        public let statusLine: String
        /// All values by lower-cased name, in the order they came.
        public let headers: [String: [String]]
        public let body: String

        public var status: Int { statusLine.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0 }

        public func header(_ name: String) -> String? { headers[name.lowercased()]?.first }
    }

    /// No answer: the connection was refused, or closed too early, or nothing came in time.
    public struct NoAnswer: Error {
        public let reason: String
    }

    public static func post(
        _ body: String, to path: String = "/identify", port: Int, headers: [String] = [], isChecked: Bool = true
    ) throws -> Answer {
        let lines = ["Content-Type: application/json", "Content-Length: \(body.utf8.count)"] + headers
        return try send("POST", path, port: port, headers: lines, body: Array(body.utf8), isChecked: isChecked)
    }

    public static func get(_ path: String, port: Int, method: String = "GET") throws -> Answer {
        try send(method, path, port: port, headers: [], body: [])
    }

    /// - Parameter isChecked: Whether the answer must be as the OpenAPI document describes it. That takes a while, and
    ///   makes a load of many connections a small one.
    public static func send(
        _ method: String, _ path: String, version: String = "HTTP/1.1", port: Int, host: String = "localhost",
        headers: [String], body: [UInt8], isChecked: Bool = true
    ) throws -> Answer {
        let head = ["\(method) \(path) \(version)", "Host: \(host)", "Connection: close"] + headers
        let bytes = Array((head + ["", ""]).joined(separator: "\r\n").utf8) + body
        let answer = try exchange(bytes, port: port)
        if isChecked { try APIDescription.current.check(answer, to: method, path) }
        return answer
    }

    /// A connection to nginx, to be closed by the caller. Each read and write may take 15 seconds.
    /// - Parameter client: Which of this machine's addresses it comes from: 127.0.0.`client`.
    public static func connect(port: Int, from client: UInt8 = 1) throws -> Int32 {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var limit = timeval(tv_sec: 15, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        func call(_ function: (Int32, UnsafePointer<sockaddr>, socklen_t) -> Int32, _ host: UInt8, _ port: Int) -> Int32
        {
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_port = UInt16(port).bigEndian
            address.sin_addr.s_addr = (UInt32(0x7F00_0000) + UInt32(host)).bigEndian
            return withUnsafePointer(to: &address) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    function(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
                }
            }
        }
        guard client == 1 || call(bind, client, 0) == 0, call(Glibc.connect, 1, port) == 0 else {
            let code = errno
            close(descriptor)
            throw NoAnswer(reason: "connect: errno \(code)")
        }
        return descriptor
    }

    /// Sends bytes, and reads to the end of the connection.
    public static func exchange(_ bytes: [UInt8], port: Int, from client: UInt8 = 1) throws -> Answer {
        let descriptor = try connect(port: port, from: client)
        defer { close(descriptor) }
        Glibc.send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL))
        return try answer(on: descriptor, hasBody: !bytes.starts(with: "HEAD ".utf8))
    }

    /// Reads to the end of the connection.
    public static func answer(on descriptor: Int32, hasBody: Bool = true) throws -> Answer {
        var received: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65536)
        while true {
            let count = recv(descriptor, &buffer, buffer.count, 0)
            if count == 0 { break }
            guard count > 0 else {
                if received.isEmpty { throw NoAnswer(reason: "recv: errno \(errno)") }
                break
            }
            received += buffer[..<count]
        }
        return try parse(received, hasBody: hasBody)
    }

    private static func parse(_ bytes: [UInt8], hasBody: Bool) throws -> Answer {
        let text = String(decoding: bytes, as: UTF8.self)
        guard let end = text.range(of: "\r\n\r\n") else { throw NoAnswer(reason: "an answer without a head") }
        let lines = text[..<end.lowerBound].components(separatedBy: "\r\n")
        var headers: [String: [String]] = [:]
        for line in lines.dropFirst() {
            let parts = line.split(separator: ":", maxSplits: 1)
            headers[parts[0].lowercased(), default: []].append(parts[1].trimmingCharacters(in: .whitespaces))
        }
        var body = String(text[end.upperBound...])
        if headers["transfer-encoding"] == ["chunked"] { body = unchunked(body) }
        if hasBody, let length = headers["content-length"]?.first.flatMap({ Int($0) }), body.utf8.count < length {
            throw NoAnswer(reason: "a body that ends too early")
        }
        return Answer(statusLine: lines[0], headers: headers, body: body)
    }

    private static func unchunked(_ text: String) -> String {
        var (rest, body) = (Substring(text), "")
        while let line = rest.range(of: "\r\n"), let size = Int(rest[..<line.lowerBound], radix: 16), size > 0 {
            let chunk = rest[line.upperBound...].utf8.prefix(size)
            body += String(chunk) ?? ""
            rest = rest[chunk.endIndex...].dropFirst()
        }
        return body
    }
}
