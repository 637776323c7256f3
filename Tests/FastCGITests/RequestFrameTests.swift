import FastCGI
import TestSupport
import Testing

@Suite("A request frame")
struct RequestFrameTests {
    private static let names = [("SCRIPT_NAME", "/identify"), ("LONG", String(repeating: "x", count: 300))]

    private func inspect(_ bytes: [UInt8]) -> RequestFrame {
        bytes.withUnsafeBytes(RequestFrame.inspect)
    }

    @Test("is complete with its empty STDIN record, and not a byte before")
    func truncations() {
        for body in [[], Array("{}".utf8)] {
            let request = FastCGIRecord.request(RequestFrameTests.names, body: body)
            #expect(inspect(request) == .complete)
            let early = (0..<request.count).filter { inspect(Array(request[..<$0])) != .incomplete }
            #expect(early == [])
        }
    }

    @Test("may have its streams in many records, with padding")
    func records() {
        let pairs = FastCGIRecord.pairs(RequestFrameTests.names)
        let split =
            FastCGIRecord.begin() + FastCGIRecord.stream(.parameters, pairs, size: 1)
            + FastCGIRecord.stream(.standardInput, Array(repeating: 7, count: 1000), size: 3)
        #expect(inspect(split) == .complete)

        let padded =
            FastCGIRecord.begin() + FastCGIRecord.record(.parameters, padding: 255, pairs)
            + FastCGIRecord.stream(.parameters, []) + FastCGIRecord.record(.standardInput, padding: 7, [1])
            + FastCGIRecord.record(.standardInput)
        #expect(inspect(padded) == .complete)
        let early = (0..<padded.count).filter { inspect(Array(padded[..<$0])) != .incomplete }
        #expect(early == [])
    }

    @Test("may have any id but 0, and either flag")
    func ids() {
        for id: UInt16 in [1, 255, 256, 0xFFFF] {
            let request =
                FastCGIRecord.begin(id: id, keepingConnection: true) + FastCGIRecord.record(.parameters, id: id)
                + FastCGIRecord.record(.standardInput, id: id)
            #expect(inspect(request) == .complete)
        }
    }

    @Test("ends where its request ends, whatever stands behind it")
    func trailing() {
        #expect(inspect(FastCGIRecord.request() + [9, 9, 9]) == .complete)
    }

    @Test("is refused as soon as a record is wrong", arguments: Wrong.all)
    func refused(_ wrong: Wrong) {
        #expect(inspect(wrong.bytes) == .refused)
        // What comes behind it mends nothing.
        #expect(inspect(wrong.bytes + FastCGIRecord.request()) == .refused)
    }

    @Test("never crashes on random bytes, nor on random records", arguments: 1...20)
    func random(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<2_000 {
            var bytes = (0..<Int.random(in: 0..<64, using: &generator)).map { _ in
                UInt8.random(in: 0...255, using: &generator)
            }
            if Bool.random(using: &generator) {
                var request = FastCGIRecord.request(RequestFrameTests.names, body: bytes)
                request[Int.random(in: request.indices, using: &generator)] = .random(in: 0...255, using: &generator)
                bytes = Array(request.prefix(Int.random(in: 0...request.count, using: &generator)))
            } else if !bytes.isEmpty {
                bytes[0] = 1
            }
            // What is not refused now was not refused a byte earlier.
            if inspect(bytes) == .incomplete && !bytes.isEmpty {
                #expect(inspect(bytes.dropLast()) == .incomplete)
            }
        }
    }
}
