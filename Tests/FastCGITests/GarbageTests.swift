import FastCGI
import TestSupport
import Testing

@Suite("Garbage")
struct GarbageTests {
    @Test("is dropped, and the next request is served at once", arguments: Wrong.all)
    func wrong(_ wrong: Wrong) throws {
        let application = try Application()
        let client = try FastCGIClient(path: application.path)
        client.send(wrong.bytes)
        #expect(client.reply() == .dropped)
        #expect(try application.ask().status == 200)
    }

    /// Records in order, so that libfcgi gets to see what is in them.
    @Test("inside of parameters is dropped, and the next request is served at once", arguments: Pairs.all)
    func parameters(_ pairs: Pairs) throws {
        let application = try Application()
        let client = try FastCGIClient(path: application.path)
        client.send(
            FastCGIRecord.begin() + FastCGIRecord.stream(.parameters, pairs.bytes)
                + FastCGIRecord.stream(.standardInput, []))
        #expect(client.reply() == .dropped)
        #expect(try application.ask().status == 200)
    }

    @Test("behind a whole request is not looked at")
    func behind() throws {
        let application = try Application()
        for wrong in Wrong.all {
            let client = try FastCGIClient(path: application.path)
            client.send(FastCGIRecord.request() + wrong.bytes)
            #expect(client.reply().status == 200)
        }
    }

    @Test(
        "of a role that is none is dropped or ended, and the next request is served", arguments: [0, 2, 3, 4, 65_535])
    func roles(role: UInt16) throws {
        let application = try Application()
        let client = try FastCGIClient(path: application.path)
        client.send(
            FastCGIRecord.begin(role: role) + FastCGIRecord.stream(.parameters, [])
                + FastCGIRecord.stream(.standardInput, []))
        #expect(client.reply() != .silence)
        #expect(try application.ask().status == 200)
    }

    @Test("of every kind leaves the application serving", arguments: 1...8)
    func random(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let application = try Application()
        var clients: [FastCGIClient] = []
        for round in 0..<300 {
            let body = Array(repeating: UInt8(9), count: Int.random(in: 0..<2000, using: &generator))
            var request = FastCGIRecord.request(
                [("ECHO", "\(round)"), ("LONG", String(repeating: "x", count: 200))], body: body)
            for _ in 0..<Int.random(in: 1...4, using: &generator) {
                // Most of what can go wrong is in the first bytes.
                let bound = Bool.random(using: &generator) ? min(request.count, 80) : request.count
                request[Int.random(in: 0..<bound, using: &generator)] = .random(in: 0...255, using: &generator)
            }
            let client = try FastCGIClient(path: application.path)
            client.send(request)
            clients.append(client)
            if round.isMultiple(of: 50) { #expect(try application.ask().status == 200) }
        }
        #expect(try application.ask().status == 200)
    }
}

/// Contents of parameter records whose lengths lie.
struct Pairs: CustomTestStringConvertible, Sendable {
    let testDescription: String
    let bytes: [UInt8]

    private static let most: [UInt8] = [0xFF, 0xFF, 0xFF, 0xFF]
    private static let almostMost: [UInt8] = [0xFF, 0xFF, 0xFF, 0xFE]

    static let all = [
        Pairs(testDescription: "a name of 2 GB", bytes: most + [0] + Array("A".utf8)),
        Pairs(testDescription: "a value of 2 GB", bytes: [1] + most + Array("AB".utf8)),
        Pairs(
            testDescription: "a name and a value of almost 2 GB",
            bytes: almostMost + almostMost + Array(repeating: UInt8(ascii: "A"), count: 10_000)),
        // Their sum overflows 32 bits, and libfcgi once took it for the size of a buffer (CVE-2025-23016).
        Pairs(
            testDescription: "a name and a value of 2 GB",
            bytes: most + most + Array(repeating: UInt8(ascii: "A"), count: 10_000)),
        Pairs(testDescription: "a name longer than what is there", bytes: [100, 0] + Array("A".utf8)),
        Pairs(testDescription: "a value longer than what is there", bytes: [1, 100] + Array("AB".utf8)),
        Pairs(testDescription: "only one length", bytes: [1]),
        Pairs(testDescription: "half of a length", bytes: [0x80, 0]),
    ]
}
