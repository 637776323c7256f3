import FastCGI
import TestSupport
import Testing

@Suite("A receiver")
struct ReceiverTests {
    @Test("serves many requests at once, each with its own answer")
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

    @Test("serves a request that comes byte by byte, and others meanwhile")
    func byteByByte() throws {
        let application = try Application()
        let slow = try FastCGIClient(path: application.path)
        let request = FastCGIRecord.request([("ECHO", "slow")], body: [7])
        for (index, byte) in request.enumerated() {
            slow.send([byte])
            if index.isMultiple(of: 20) { #expect(try application.ask(within: .seconds(1)).status == 200) }
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
        #expect(try application.ask(within: .seconds(1)).status == 200)
        // The last of them was not given up, and goes on.
        let rest = (halves.count - 1) * 3
        halves.last?.send(Array(request[rest...]))
        #expect(halves.last?.reply().status == 200)
    }

    @Test("refuses a request of more than 64 KiB, and serves on")
    func huge() throws {
        let application = try Application()
        let client = try FastCGIClient(path: application.path)
        client.send(FastCGIRecord.request(body: Array(repeating: 0, count: Receiver.maximumRequestSize + 1)))
        #expect(client.reply(within: .seconds(1)) == .dropped)
        #expect(try application.ask(within: .seconds(1)).status == 200)
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
        #expect(try application.ask(within: .seconds(2)).status == 200)
    }

    @Test("serves a peer that has closed its sending side")
    func halfClosed() throws {
        let application = try Application()
        let client = try FastCGIClient(path: application.path)
        client.send(FastCGIRecord.request())
        client.finishSending()
        #expect(client.reply().status == 200)
    }

    @Test("is idle when nothing came for the time given")
    func idle() throws {
        let receiver = try TestSocket().receiver()
        let begin = ContinuousClock.now
        guard case .idle = receiver.next(timeout: .milliseconds(30)) else {
            Issue.record("something came")
            return
        }
        #expect(ContinuousClock.now - begin >= .milliseconds(30))
        #expect(ContinuousClock.now - begin < .seconds(1))
    }
}
