import Foundation
import TestSupport
import Testing

@testable import FastCGI

/// Peers that are slow to take an answer larger than the socket's buffer, or take none of it.
@Suite("A slow reader", .serialized)
struct SlowReaderTests {
    private static let size = 644_000
    private let body = (0..<size).map { UInt8(truncatingIfNeeded: $0 * 31) }
    private let application: Application

    /// One worker. LARGE asks for the large answer, MIDDLING for one that fits into the buffer of a peer that reads.
    init() throws {
        application = try Application { [body] exchange in
            if let round = exchange.parameter("MIDDLING") {
                return Response(
                    status: 200, reason: "OK", headers: [("X-Round", round)], body: Array(body.prefix(7000)))
            }
            return exchange.parameter("LARGE") == nil
                ? Application.echo(exchange) : Response(status: 200, reason: "OK", body: body)
        }
    }

    private func reader(keepingConnection: Bool = false) throws -> FastCGIClient {
        let client = try FastCGIClient(path: application.path)
        client.send(FastCGIRecord.request([("LARGE", "")], body: [1, 2], keepingConnection: keepingConnection))
        return client
    }

    /// Small requests one after the other, until `others` is done.
    /// - Returns: How many were answered, and how long the slowest took.
    private func askMeanwhile(_ others: Background) throws -> (count: Int, slowest: Duration) {
        var (count, slowest) = (0, Duration.zero)
        while !others.isDone {
            let begin = ContinuousClock.now
            #expect(try application.ask(body: [7]).status == 200)
            slowest = max(slowest, .now - begin)
            count += 1
            usleep(1_000)
        }
        try others.join()
        return (count, slowest)
    }

    @Test("holds up none of the others, and gets the whole of its answer")
    func slow() throws {
        let reading = Background { [self] in
            let client = try reader(keepingConnection: true)
            let reply = client.reply(within: .seconds(9), pieces: 16_384, every: .milliseconds(90))
            guard case .answer(let answer) = reply else {
                Issue.record("\(reply.status ?? 0): no answer")
                return
            }
            #expect(answer.body == body)
            // The connection goes on.
            client.send(FastCGIRecord.request(body: [8]))
            #expect(client.reply().status == 200)
        }
        let (count, slowest) = try askMeanwhile(reading)
        print("figures: beside a slow reader, \(count) requests, the slowest in \(slowest)")
        #expect(slowest < .milliseconds(200))
    }

    @Test("that takes nothing holds up none of the others, however many there are")
    func silent() throws {
        let arriving = Background { [self] in
            var peers: [FastCGIClient] = []
            for _ in 0..<60 {
                peers.append(try reader())
                usleep(50_000)
            }
            withExtendedLifetime(peers) {}
        }
        let (count, slowest) = try askMeanwhile(arriving)
        print("figures: beside 60 readers that take nothing, \(count) requests, the slowest in \(slowest)")
        #expect(slowest < .milliseconds(200))
        #expect(count > 300)
    }

    @Test("that takes nothing for five seconds loses its connection")
    func deadline() throws {
        let client = try reader(keepingConnection: true)
        // To read would make room.
        usleep(6_000_000)
        #expect(client.reply() == .dropped)
        #expect(try application.ask().status == 200)
    }

    @Test("that goes away in the middle of its answer leaves nothing behind")
    func vanishing() throws {
        for _ in 0..<200 { _ = try reader().reply(within: .milliseconds(1), pieces: 16_384, every: .zero) }
        #expect(try application.ask().status == 200)
        let begin = ContinuousClock.now
        try application.stop()
        #expect(.now - begin < .seconds(2))
    }

    @Test("gets its answer to the end although the listener is stopped")
    func stopped() throws {
        let client = try reader(keepingConnection: true)
        usleep(50_000)
        let stopping = Background { [application] in try application.stop() }
        usleep(50_000)
        guard case .answer(let answer) = client.reply() else {
            Issue.record("no answer")
            return
        }
        #expect(answer.body == body)
        #expect(client.isClosed(within: .seconds(30)))
        try stopping.join()
    }

    @Test("that goes on asking meanwhile gets every answer, in order")
    func ahead() throws {
        let client = try FastCGIClient(path: application.path)
        var count = 0
        repeat {
            client.send(FastCGIRecord.request([("MIDDLING", "\(count)")], keepingConnection: true))
            count += 1
        } while eventually(within: 2) { client.isTaken } && count < 200
        // The last one waits until there is room for the answer before it.
        #expect(count > 10 && count < 200)
        #expect(try application.ask().status == 200)
        for round in 0..<count {
            guard case .answer(let answer) = client.reply() else {
                Issue.record("\(round) of \(count): no answer")
                return
            }
            #expect(answer.headers["x-round"] == "\(round)" && answer.body == Array(body.prefix(7000)))
        }
    }

    @Test("is answered in records that are in order and end the request", arguments: [0, 1, 65_528, 65_529, 200_000])
    func records(size: Int) throws {
        let (head, body) = (Array("Status: 200 OK\r\n\r\n".utf8), Array(body.prefix(size)))
        var content: [UInt8] = []
        let records = Array(AnswerRecords(of: 0x1234, head, body))
        for record in records.dropLast() {
            #expect(Array(record[0..<4]) == [1, 6, 0x12, 0x34])
            #expect(Int(record[4]) << 8 | Int(record[5]) == record.count - 8)
            content += record[8...]
        }
        #expect(content == head + body)
        #expect(records.count == 2 + (size + 65_527) / 65_528)
        #expect(
            records.last == [1, 6, 0x12, 0x34, 0, 0, 0, 0] + [1, 3, 0x12, 0x34, 0, 8, 0, 0]
                + Array(repeating: 0, count: 8))
    }
}

@Suite("Answers that wait for their readers")
struct UnsentAnswersTests {
    @Test("have 64 MiB for all of them; small ones and one alone always fit")
    func room() throws {
        let answer = Response(status: 200, reason: "OK", body: Array(repeating: 1, count: 40 << 20))
        let application = try Application { exchange in
            if exchange.parameter("ASK") != nil {
                return Response(status: exchange.hasRoom(for: answer.body.count) ? 200 : 503, reason: "")
            }
            return exchange.parameter("LARGE") == nil ? Application.echo(exchange) : answer
        }
        #expect(try application.ask([("ASK", "")]).status == 200)
        do {
            let reader = try FastCGIClient(path: application.path)
            reader.send(FastCGIRecord.request([("LARGE", "")]))
            #expect(try eventually { try application.ask([("ASK", "")]).status == 503 })
            #expect(try application.ask(body: [1]).status == 200)
            withExtendedLifetime(reader) {}
        }
        #expect(try eventually { try application.ask([("ASK", "")]).status == 200 })
    }
}
