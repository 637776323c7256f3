import Foundation
import TestSupport
import Testing

@Suite("A client that holds many connections", .serialized)
struct ConnectionLimitTests {
    private static func head(length: Int) -> String {
        "POST /identify?s3cret HTTP/1.1\r\nHost: localhost\r\nContent-Length: \(length)\r\nConnection: close\r\n"
    }

    @Test("is told 429 for one more request than it may have in hand; another client is served")
    func requests() throws {
        let server = try RunningServer(["CLIENT_CONNECTIONS": "5"])
        let body = #"{"email":"five@x.o"}"#
        let request = Array("\(ConnectionLimitTests.head(length: body.utf8.count))\r\n\(body)".utf8)
        func status() throws -> Int { try HTTP.exchange(request, port: server.port, from: 2).status }
        // One that comes while a request is in hand may itself be refused: so one more, until all places are taken. Each byte
        // of a long body keeps a connection for client_body_timeout.
        var clients: [SlowClients] = []
        let isLimited = try eventually {
            let begin = "\(ConnectionLimitTests.head(length: 10_000))\r\n"
            clients.append(SlowClients(begin, 1, port: server.port, from: 2))
            for client in clients { client.sendByte() }
            return try status() == 429
        }
        #expect(isLimited)
        try checkProblem(try HTTP.exchange(request, port: server.port, from: 2), 429)
        #expect(try HTTP.post(body, port: server.port).status == 200)
        clients.removeAll()
        #expect(try eventually { try status() == 200 })
    }

    @Test("has nginx say in its log that it has no more, and neither who nor what was asked", arguments: [true, false])
    func shortage(isHeaderBegun: Bool) throws {
        let connections = 64
        let server = try RunningServer(["NGINX_CONNECTIONS": "\(connections)"])
        let count = connections * ProcessInfo.processInfo.activeProcessorCount + 200
        let begin = isHeaderBegun ? ConnectionLimitTests.head(length: 20) : ""
        var clients = [SlowClients(begin, count, port: server.port, from: 2)]
        let line = "64 worker_connections are not enough" + (isHeaderBegun ? "\n" : ", reusing connections\n")
        // nginx may have run short before it had read what they sent: then it tells of the next that comes.
        let isTold = try eventually {
            clients.append(SlowClients(begin, 1, port: server.port, from: 2))
            return try server.log("nginx.log").contains(line)
        }
        #expect(isTold)
        let log = try server.log("nginx.log")
        #expect(!log.contains("s3cret") && !log.contains("127.0.0.2"))
        clients.removeAll()
        #expect(try eventually { try HTTP.get("/health/live", port: server.port).status == 200 })
    }
}
