import Foundation
import TestSupport
import Testing

@Suite("A client that holds many connections", .serialized)
struct ConnectionLimitTests {
    private static let head =
        "POST /identify?s3cret HTTP/1.1\r\nHost: localhost\r\nContent-Length: 20\r\nConnection: close\r\n"

    @Test("is told 429 for one more request than it may have in hand; another client is served")
    func requests() throws {
        let server = try RunningServer(["CLIENT_CONNECTIONS": "5"])
        let body = #"{"email":"five@x.o"}"#
        let request = Array("\(ConnectionLimitTests.head)\r\n\(body)".utf8)
        func status() throws -> Int { try HTTP.exchange(request, port: server.port, from: 2).status }
        let clients = SlowClients("\(ConnectionLimitTests.head)\r\n", 5, port: server.port, from: 2)
        #expect(try eventually(within: 1) { try status() == 429 })
        try checkProblem(try HTTP.exchange(request, port: server.port, from: 2), 429)
        #expect(try HTTP.post(body, port: server.port).status == 200)
        clients.close()
        #expect(try eventually { try status() == 200 })
    }

    @Test("has nginx say in its log that it has no more, and neither who nor what was asked", arguments: [true, false])
    func shortage(isHeaderBegun: Bool) throws {
        let connections = 64
        let server = try RunningServer(["NGINX_CONNECTIONS": "\(connections)"])
        let count = connections * ProcessInfo.processInfo.activeProcessorCount + 200
        let clients = SlowClients(isHeaderBegun ? ConnectionLimitTests.head : "", count, port: server.port, from: 2)
        let line = "64 worker_connections are not enough" + (isHeaderBegun ? "\n" : ", reusing connections\n")
        #expect(try eventually { try server.log("nginx.log").contains(line) })
        let log = try server.log("nginx.log")
        #expect(!log.contains("s3cret") && !log.contains("127.0.0.2"))
        clients.close()
        #expect(try eventually { try HTTP.get("/health/live", port: server.port).status == 200 })
    }
}
