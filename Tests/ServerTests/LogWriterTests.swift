import EventLoop
import Foundation
import PostgreSQL
import TestSupport
import Testing

@testable import Server

@Suite("The log's writer")
struct LogWriterTests {
    /// What it writes to, and who reads that.
    private struct Channel {
        let reading: Int32
        let writing: Int32

        static func pipe() throws -> Channel {
            var ends: [Int32] = [0, 0]
            try #require(Glibc.pipe(&ends) == 0)
            return Channel(reading: ends[0], writing: ends[1])
        }

        /// Each write can be told from the next.
        static func packets() throws -> Channel {
            var ends: [Int32] = [0, 0]
            try #require(socketpair(AF_UNIX, Int32(SOCK_SEQPACKET.rawValue), 0, &ends) == 0)
            return Channel(reading: ends[0], writing: ends[1])
        }

        func writer(capacity: Int = 1 << 20) throws -> LogWriter {
            let writer = try LogWriter(writing, capacity: capacity)
            try writer.start()
            return writer
        }

        /// Reads what one read(2) gets each time, up to the end.
        func readAll(_ body: ([UInt8]) throws -> Void) rethrows {
            var buffer = [UInt8](repeating: 0, count: 65536)
            while case let count = read(reading, &buffer, buffer.count), count > 0 {
                try body(Array(buffer[..<count]))
            }
            close(reading)
        }

        /// All lines, while `body` and then the end of `writer` bring more.
        func lines(of writer: LogWriter, _ body: @escaping @Sendable () throws -> Void = {}) throws -> [[String: Any]] {
            let writing = Background {
                defer { close(self.writing) }
                try body()
                writer.finish(before: .now + .seconds(60))
            }
            var all: [UInt8] = []
            readAll { all += $0 }
            try writing.join()
            #expect(all.isEmpty || all.last == UInt8(ascii: "\n"))
            return try all.split(separator: UInt8(ascii: "\n")).map {
                try #require(try JSONSerialization.jsonObject(with: Data($0)) as? [String: Any])
            }
        }
    }

    /// - Parameter size: In bytes, unless it takes more.
    private func line(_ number: Int, size: Int = 100) -> [UInt8] {
        let start = #"{"number":\#(number),"text":""#
        return Array((start + String(repeating: "x", count: max(0, size - start.utf8.count - 3)) + "\"}\n").utf8)
    }

    @Test(
        "writes the lines of several threads whole, and those of each in their order, also to a pipe that does not block",
        arguments: [false, true])
    func order(isNonblocking: Bool) throws {
        let channel = try Channel.pipe()
        if isNonblocking { #expect(fcntl(channel.writing, F_SETFL, O_NONBLOCK) == 0) }
        let writer = try channel.writer()
        let lines = try channel.lines(of: writer) {
            try onThreads(4) { thread in
                for number in 0..<2000 { writer.append(line(number * 4 + thread)) }
            }
        }
        let numbers = lines.compactMap { $0["number"] as? Int }
        for thread in 0..<4 { #expect(numbers.filter { $0 % 4 == thread } == (0..<2000).map { $0 * 4 + thread }) }
        #expect(lines.count == 8000)
        #expect(writer.dropped == 0)
    }

    @Test("holds no more than it may, drops the rest without waiting, and says where lines are missing and how many")
    func bounded() throws {
        let channel = try Channel.pipe()
        let capacity = 50_000
        let writer = try channel.writer(capacity: capacity)
        for number in 0..<20_000 { writer.append(line(number)) }
        // A pipe has room for 65,536 bytes (pipe(7)).
        #expect(writer.dropped >= 20_000 - (65_536 + 2 * capacity) / 100)

        let lines = try channel.lines(of: writer) {
            var number = 20_000
            let isTakenAgain = eventually {
                let dropped = writer.dropped
                writer.append(line(number))
                number += 1
                return writer.dropped == dropped
            }
            #expect(isTakenAgain)
        }
        var (next, told) = (0, 0)
        for line in lines {
            if let number = line["number"] as? Int {
                #expect(number == next)
                next += 1
            } else {
                #expect(line["level"] as? String == "warning")
                let missing = try #require(line["dropped"] as? Int)
                next += missing
                told += missing
            }
        }
        #expect(next > 20_000)
        #expect(lines.last?["number"] as? Int == next - 1)
        #expect(told == writer.dropped)
    }

    @Test("writes many lines at once, up to what doesn't mix with those of other processes, and a longer line alone")
    func pieces() throws {
        let channel = try Channel.packets()
        let writer = try LogWriter(channel.writing)
        let sizes = Array(repeating: 300, count: 30) + [5000, 100, 4096, 4097, 40]
        for (number, size) in sizes.enumerated() { writer.append(line(number, size: size)) }
        // What came before the start is written, too.
        try writer.start()
        writer.finish(before: .now + .seconds(60))
        close(channel.writing)
        var writes: [[UInt8]] = []
        channel.readAll { writes.append($0) }
        #expect(writes.map(\.count) == [3900, 3900, 1200, 5000, 100, 4096, 4097, 40])
        #expect(writes.joined().elementsEqual(sizes.enumerated().flatMap { line($0, size: $1) }))
    }

    @Test("gives up on a reader that reads nothing")
    func stuckReader() throws {
        let channel = try Channel.pipe()
        let writer = try channel.writer()
        for number in 0..<3000 { writer.append(line(number)) }
        let begin = ContinuousClock.now
        writer.finish(before: .now + .seconds(60))
        #expect(.now - begin < .seconds(10))
        // What it gave up on is there for a reader that comes later.
        #expect(try channel.lines(of: writer).count == 3000)
    }

    @Test("waits for a reader that is slow, and until the deadline alone")
    func slowReader() throws {
        for deadline in [Duration.seconds(60), .seconds(1)] {
            let channel = try Channel.pipe()
            let writer = try channel.writer()
            for number in 0..<4000 { writer.append(line(number)) }
            let reader = Background {
                var count = 0
                channel.readAll { piece in
                    count += piece.count { $0 == UInt8(ascii: "\n") }
                    usleep(800_000)
                }
                #expect(count == 4000)
            }
            let begin = ContinuousClock.now
            writer.finish(before: .now + deadline)
            if deadline == .seconds(1) {
                // Reading all takes 4 seconds.
                #expect(.now - begin < .seconds(3))
                writer.finish(before: .now + .seconds(60))
            }
            close(channel.writing)
            try reader.join()
        }
    }

    @Test("goes on when what could not be written to has room again, as a disk that was full")
    func fullDisk() throws {
        let full = open("/dev/full", O_WRONLY)
        let writer = try LogWriter(full)
        writer.append(line(1))
        try writer.start()
        writer.finish(before: .now)
        let channel = try Channel.pipe()
        // The writer's descriptor leads to the pipe from now on.
        #expect(dup2(channel.writing, full) == full)
        let lines = try channel.lines(of: writer) {
            writer.finish(before: .now + .seconds(60))
            close(full)
        }
        #expect(lines.count == 1)
    }
}
