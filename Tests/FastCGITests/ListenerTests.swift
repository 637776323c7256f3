import Glibc
import TestSupport
import Testing

@testable import FastCGI

@Suite("A listener")
struct ListenerTests {
    @Test("serves many connections at once, each request with its own answer")
    func many() throws {
        let application = try Application(workers: 4)
        try onThreads(16) { thread in
            for round in 0..<100 {
                let text = "\(thread)/\(round)"
                guard case .answer(let answer) = try application.ask([("ECHO", text)], body: Array(text.utf8)) else {
                    Issue.record("\(text) was not answered")
                    return
                }
                #expect(answer.text == text)
                #expect(answer.headers["x-echo"] == text)
            }
        }
    }

    @Test("makes room for the next connection by closing the one that has been idle for longest")
    func limit() throws {
        let application = try Application()
        let idle = try (0..<Listener.maximumChannels).map { _ in
            let client = try FastCGIClient(path: application.path)
            client.send(FastCGIRecord.request(keepingConnection: true))
            #expect(client.reply().status == 200)
            return client
        }
        #expect(try application.ask().status == 200)
        #expect(idle[0].isClosed(within: .seconds(30)))
        idle[1].send(FastCGIRecord.request())
        #expect(idle[1].reply().status == 200)
    }

    /// As systemd does it when it starts another instance.
    @Test("answers those who are connected although another process made the socket wait in accept")
    func blockingSocket() throws {
        let application = try Application()
        let client = try FastCGIClient(path: application.path)
        for _ in 0..<100 {
            try #require(fcntl(application.socket.listening.descriptor, F_SETFL, 0) == 0)
            #expect(try application.ask().status == 200)
            client.send(FastCGIRecord.request(keepingConnection: true))
            #expect(client.reply().status == 200)
        }
    }

    @Test("that is stopped leaves what waits in the backlog to the others that share the socket")
    func backlog() throws {
        let application = try Application()
        try application.stop()
        let client = try FastCGIClient(path: application.path)
        client.send(FastCGIRecord.request())
        #expect(client.reply(within: .milliseconds(50)) == .silence)
        try LoopActor().wait { [socket = application.socket] worker in
            let listener = try Listener(socket.listening, on: worker.loop)
            let exchange = await listener.next()?.next()
            await exchange?.respond(Response(status: 200, reason: "OK"))
        }
        #expect(client.reply().status == 200)
    }

    @Test("that is stopped closes idle connections, also those with half a request")
    func closesIdle() throws {
        let application = try Application()
        let (silent, half, kept) = (
            try FastCGIClient(path: application.path), try FastCGIClient(path: application.path),
            try FastCGIClient(path: application.path)
        )
        half.send(Array(FastCGIRecord.request().prefix(10)))
        kept.send(FastCGIRecord.request(keepingConnection: true))
        #expect(kept.reply().status == 200)
        let begin = ContinuousClock.now
        try application.stop()
        #expect(ContinuousClock.now - begin < .seconds(1))
        for client in [silent, half, kept] { #expect(client.isClosed(within: .seconds(30))) }
    }

    /// A request that has come whole is as good as taken.
    @Test("that is stopped answers every request that came whole before")
    func answersWhole() throws {
        for _ in 0..<50 {
            let application = try Application()
            let clients = try (0..<4).map { _ in try FastCGIClient(path: application.path) }
            for client in clients {
                client.send(FastCGIRecord.request(keepingConnection: true))
                #expect(client.reply().status == 200)
            }
            for client in clients { client.send(FastCGIRecord.request(keepingConnection: true)) }
            try application.stop()
            for client in clients { #expect(client.reply().status == 200) }
        }
    }
}
