import FastCGI
import TestSupport
import Testing

@Suite("The stop signal")
struct StopSignalTests {
    /// What one receiver hands over until it is told to stop, each answered.
    private func served(by receiver: Receiver) -> Int {
        var count = 0
        while true {
            switch receiver.next(timeout: .seconds(5)) {
            case .request(let exchange):
                exchange.respond(Response(status: 200, reason: "OK"))
                count += 1
            case .idle: return -1
            case .stop: return count
            }
        }
    }

    @Test("stops a receiver that waits, at once")
    func waiting() throws {
        let socket = try TestSocket()
        try onThreads(2) { thread in
            guard thread == 0 else {
                socket.stopSignal.send()
                return
            }
            let begin = ContinuousClock.now
            let count = served(by: try socket.receiver())
            #expect(count == 0)
            #expect(ContinuousClock.now - begin < .seconds(1))
        }
    }

    @Test("stays, for every receiver")
    func stays() throws {
        let socket = try TestSocket()
        let receivers = try (0..<4).map { _ in try socket.receiver() }
        socket.stopSignal.send()
        for receiver in receivers + receivers { #expect(served(by: receiver) == 0) }
    }

    @Test("leaves what waits in the backlog to the others that share the socket")
    func backlog() throws {
        let socket = try TestSocket()
        let (stopping, other) = (try socket.receiver(), try StopSignal())
        socket.stopSignal.send()
        let clients = try (0..<20).map { _ in
            let client = try FastCGIClient(path: socket.path)
            client.send(FastCGIRecord.request())
            return client
        }
        let early = served(by: stopping)
        let staying = try Receiver(socket.listening, stopSignal: other)
        for _ in early..<20 {
            guard case .request(let exchange) = staying.next(timeout: .seconds(5)) else { break }
            exchange.respond(Response(status: 200, reason: "OK"))
        }
        #expect(early < 20)
        #expect(clients.allSatisfy { $0.reply(within: .milliseconds(100)).status == 200 })
    }

    @Test("comes after a request that had been set aside and is whole by now")
    func afterSetAside() throws {
        let socket = try TestSocket()
        let receiver = try socket.receiver()
        let slow = try FastCGIClient(path: socket.path)
        let request = FastCGIRecord.request()
        slow.send(Array(request.prefix(10)))
        guard case .idle = receiver.next(timeout: .milliseconds(20)) else {
            Issue.record("half a request was handed over")
            return
        }
        slow.send(Array(request.dropFirst(10)))
        socket.stopSignal.send()
        #expect(served(by: receiver) == 1)
        #expect(slow.reply(within: .milliseconds(100)).status == 200)
    }

    @Test("does not wait for a request that is not whole")
    func half() throws {
        let socket = try TestSocket()
        let receiver = try socket.receiver()
        let slow = try FastCGIClient(path: socket.path)
        slow.send(Array(FastCGIRecord.request().prefix(10)))
        socket.stopSignal.send()
        let begin = ContinuousClock.now
        #expect(served(by: receiver) == 0)
        #expect(ContinuousClock.now - begin < .seconds(1))
    }
}
