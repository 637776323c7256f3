import FastCGI
import TestSupport
import Testing

@Suite("A channel")
struct ChannelTests {
    @Test("serves one request after the other on one connection, bodies read or not")
    func kept() throws {
        let application = try Application { exchange in
            exchange.parameter("SKIP") == nil
                ? Application.echo(exchange) : Response(status: 404, reason: "Not Found")
        }
        let client = try FastCGIClient(path: application.path)
        for round in 0..<100 {
            let skips = round.isMultiple(of: 3)
            let body = Array(repeating: UInt8(round), count: round * 9)
            client.send(
                FastCGIRecord.request(
                    [("ECHO", "\(round)")] + (skips ? [("SKIP", "")] : []), body: body, keepingConnection: true))
            guard case .answer(let answer) = client.reply() else {
                Issue.record("\(round) was not answered")
                return
            }
            #expect(answer.status == (skips ? 404 : 200))
            if !skips { #expect(answer.body == body && answer.headers["x-echo"] == "\(round)") }
        }
    }

    @Test("serves a request that comes byte by byte, and others meanwhile")
    func byteByByte() throws {
        let application = try Application()
        let slow = try FastCGIClient(path: application.path)
        let request = FastCGIRecord.request([("ECHO", "slow")], body: [7])
        for (index, byte) in request.enumerated() {
            slow.send([byte])
            if index.isMultiple(of: 20) { #expect(try application.ask().status == 200) }
        }
        #expect(slow.reply().status == 200)
    }

    @Test("serves others while a request stops at any byte")
    func halfRequests() throws {
        let application = try Application()
        let request = FastCGIRecord.request([("ECHO", "half")], body: [1, 2, 3])
        var halves: [FastCGIClient] = []
        for count in stride(from: 0, to: request.count, by: 3) {
            let half = try FastCGIClient(path: application.path)
            half.send(Array(request[..<count]))
            halves.append(half)
        }
        #expect(try application.ask().status == 200)
        // The last of them was not given up, and goes on.
        let rest = (halves.count - 1) * 3
        halves.last?.send(Array(request[rest...]))
        #expect(halves.last?.reply().status == 200)
    }

    @Test("refuses a request of more than 64 KiB, and serves on")
    func huge() throws {
        let application = try Application()
        let client = try FastCGIClient(path: application.path)
        client.send(FastCGIRecord.request(body: Array(repeating: 0, count: Channel.maximumRequestSize + 1)))
        #expect(client.reply() == .dropped)
        #expect(try application.ask().status == 200)
    }

    @Test("survives peers that go away before the answer, and before their request is whole")
    func goneAway() throws {
        let big = Array(repeating: UInt8(0), count: 1_000_000)
        let application = try Application { _ in Response(status: 200, reason: "OK", body: big) }
        let request = FastCGIRecord.request()
        for count in [request.count, request.count / 2, 1, 0] {
            for _ in 0..<20 {
                try FastCGIClient(path: application.path).send(Array(request[..<count]))
            }
        }
        #expect(try application.ask().status == 200)
    }

    @Test("serves a peer that has closed its sending side")
    func halfClosed() throws {
        let application = try Application()
        let client = try FastCGIClient(path: application.path)
        client.send(FastCGIRecord.request())
        client.finishSending()
        #expect(client.reply().status == 200)
    }
}
