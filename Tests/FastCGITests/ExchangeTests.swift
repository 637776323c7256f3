import TestSupport
import Testing

@testable import FastCGI

@Suite("An exchange")
struct ExchangeTests {
    @Test("answers a request with status, headers and body")
    func answers() throws {
        let application = try Application()
        let reply = try application.ask([("ECHO", "yes")], body: Array("hello".utf8))
        guard case .answer(let answer) = reply else {
            Issue.record("\(reply)")
            return
        }
        #expect(answer.status == 200)
        #expect(answer.headers["status"] == "200 OK")
        #expect(answer.headers["x-echo"] == "yes")
        #expect(answer.headers["content-length"] == "5")
        #expect(answer.text == "hello")
    }

    @Test("knows its parameters, and no others")
    func parameters() throws {
        let long = String(repeating: "y", count: 5_000)
        let parameters = [
            ("A", "b"), ("EMPTY", ""), ("LONG", long), ("UNICODE", "é電"), ("A_NAME", "x=y"), ("A", "late"),
        ]
        try withExchange(parameters) { exchange in
            #expect(exchange.parameter("A") == "b")
            #expect(exchange.parameter("EMPTY")?.isEmpty == true)
            #expect(exchange.parameter("LONG") == long)
            #expect(exchange.parameter("UNICODE") == "é電")
            #expect(exchange.parameter("A_NAME") == "x=y")
            #expect(exchange.parameter("A_") == nil)
            #expect(exchange.parameter("") == nil)
            #expect(exchange.parameter("NOTHING") == nil)
        }
    }

    @Test("takes a body up to its limit, and answers a longer one", arguments: [0, 1, 999, 1000, 1001, 20_000, 60_000])
    func limit(size: Int) throws {
        let body = (0..<size).map { UInt8(truncatingIfNeeded: $0 * 7) }
        let reply = try Application().ask(body: body)
        guard case .answer(let answer) = reply else {
            Issue.record("\(reply)")
            return
        }
        #expect(answer.status == (size <= Application.bodyLimit ? 200 : 413))
        #expect(answer.body == (size <= Application.bodyLimit ? body : []))
    }

    @Test("is not fooled about the length of its body", arguments: ["4", "6", "0", "999999999999"])
    func truncated(announced: String) throws {
        let application = try Application()
        let client = try FastCGIClient(path: application.path)
        client.send(request(announced, "hello"))
        #expect(client.reply().status == 400)
    }

    @Test("takes a body whose length is not announced, or in no way that is a number", arguments: ["", "abc", "5"])
    func unannounced(announced: String) throws {
        let application = try Application()
        let client = try FastCGIClient(path: application.path)
        client.send(request(announced, "hello"))
        #expect(client.reply().status == 200)
    }

    @Test("answers large bodies whole", arguments: [8_191, 65_535, 65_536, 3_000_000])
    func largeAnswer(size: Int) throws {
        let body = (0..<size).map { UInt8(truncatingIfNeeded: $0 * 31) }
        let application = try Application { _ in Response(status: 200, reason: "OK", body: body) }
        guard case .answer(let answer) = try application.ask() else {
            Issue.record("no answer")
            return
        }
        #expect(answer.body == body)
    }

    /// 404 and 405 are answered without a look at the body, and a socket that is closed with bytes unread resets.
    @Test("answers though the body was not read", arguments: [0, 10_000, 60_000])
    func unreadBody(size: Int) throws {
        let application = try Application { _ in Response(status: 404, reason: "Not Found", body: [1, 2, 3]) }
        for _ in 0..<20 {
            let client = try FastCGIClient(path: application.path)
            client.send(FastCGIRecord.request(body: Array(repeating: 0, count: size)))
            #expect(client.reply().status == 404)
        }
    }

    @Test("closes its connection where the web server did not ask to keep it")
    func closes() throws {
        let application = try Application()
        for keepsConnection in [false, true] {
            let client = try FastCGIClient(path: application.path)
            client.send(FastCGIRecord.request(keepingConnection: keepsConnection))
            #expect(client.reply().status == 200)
            #expect(client.isClosed(within: keepsConnection ? .milliseconds(200) : .seconds(30)) != keepsConnection)
        }
    }

    @Test("that is let go of unanswered closes its connection", arguments: [false, true])
    func unanswered(keepingConnection: Bool) throws {
        let socket = try TestSocket()
        let client = try FastCGIClient(path: socket.path)
        client.send(FastCGIRecord.request(keepingConnection: keepingConnection))
        try LoopActor().wait { worker in
            let listener = try Listener(socket.listening, on: worker.loop)
            let exchange = await listener.next()?.next()
            #expect(exchange?.parameter("REQUEST_METHOD") == "POST")
        }
        #expect(client.isClosed(within: .seconds(30)))
    }

    private func request(_ contentLength: String, _ body: String) -> [UInt8] {
        FastCGIRecord.begin()
            + FastCGIRecord.stream(.parameters, FastCGIRecord.pairs([("CONTENT_LENGTH", contentLength)]))
            + FastCGIRecord.stream(.standardInput, Array(body.utf8))
    }
}
