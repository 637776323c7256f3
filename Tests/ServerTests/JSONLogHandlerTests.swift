import EventLoop
import Foundation
import Logging
import TestSupport
import Testing

@testable import API
@testable import ContactStore
@testable import Server

@Suite("A log line")
struct JSONLogHandlerTests {
    /// What the logger that `body` gets writes.
    private func lines(_ body: (Logger) throws -> Void) throws -> [[String: Any]] {
        try writtenLines { writer in
            try body(Logger(label: "test") { _ in JSONLogHandler(level: .info, writer: writer) })
        }
    }

    /// What is written of requests.
    private func lines(of requests: (RequestContext, status: Int)..., from level: Logger.Level = .info) throws
        -> [[String: Any]]
    {
        try writtenLines { writer in
            var log = RequestLog(level: level, writer: writer)
            for (context, status) in requests { log.add(context, status: status) }
        }
    }

    private func writtenLines(_ body: (LogWriter) throws -> Void) throws -> [[String: Any]] {
        let pipe = Pipe()
        let writer = try LogWriter(pipe.fileHandleForWriting.fileDescriptor)
        try writer.start()
        try body(writer)
        writer.finish(before: .now + .seconds(10))
        try pipe.fileHandleForWriting.close()
        let written = try pipe.fileHandleForReading.readToEnd() ?? Data()
        return try written.split(separator: UInt8(ascii: "\n")).map { line in
            try #require(try JSONSerialization.jsonObject(with: line) as? [String: Any])
        }
    }

    @Test("is one JSON object, with time, level, message and metadata")
    func object() throws {
        let lines = try lines { logger in
            logger.notice(
                "hello", metadata: ["number": .stringConvertible(-5), "text": "x", "real": .stringConvertible(0.25)])
        }
        #expect(lines.count == 1)
        let line = try #require(lines.first)
        let time = try #require(line["time"] as? String)
        #expect(time.wholeMatch(of: /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/) != nil)
        let format = Date.ISO8601FormatStyle(includingFractionalSeconds: true)
        #expect(abs(try format.parse(time).timeIntervalSinceNow) < 5)
        #expect(line["level"] as? String == "notice")
        #expect(line["message"] as? String == "hello")
        #expect(line["number"] as? Int == -5)
        #expect(line["real"] as? Double == 0.25)
        #expect(line["text"] as? String == "x")
    }

    @Test("stays one line, whatever is in it")
    func oneLine() throws {
        let nasty = "a\n\"}\u{0}\u{1B}[31m\\"
        let lines = try lines { logger in
            logger.error("\(nasty)", metadata: ["\(nasty)": "\(nasty)", "list": ["\(nasty)"]])
        }
        #expect(lines.count == 1)
        #expect(lines.first?["message"] as? String == nasty)
        #expect(lines.first?[nasty] as? String == nasty)
    }

    @Test(
        "is JSON also where a number is none",
        arguments: [Double.nan, .infinity, -.infinity, 1e300, .leastNonzeroMagnitude, -0.0])
    func numbers(_ number: Double) throws {
        #expect(try lines { $0.info("number", metadata: ["number": .stringConvertible(number)]) }.count == 1)
    }

    @Test("below the level is none")
    func level() throws {
        #expect(try lines { $0.debug("quiet") }.isEmpty)
        let all = try lines { logger in
            for level in Logger.Level.allCases { logger.log(level: level, "loud") }
        }
        #expect(all.compactMap { $0["level"] as? String } == ["info", "notice", "warning", "error", "critical"])
    }

    @Test("of an event has the event's metadata before the logger's own")
    func metadata() throws {
        let lines = try lines { logger in
            var logger = logger
            logger[metadataKey: "a"] = "logger"
            logger[metadataKey: "b"] = "logger"
            logger.info("x", metadata: ["a": "event"])
        }
        #expect(lines.first?["a"] as? String == "event")
        #expect(lines.first?["b"] as? String == "logger")
    }

    @Test("of a request never holds who it is about, nor a path or a method that was made up")
    func request() throws {
        let request = Request(
            method: "MCFLY", path: "/mcfly@hillvalley.edu", query: "email=mcfly",
            body: .whole(Array(#"{"email":"mcfly@hillvalley.edu"}"#.utf8)), givenID: "mcfly@hillvalley.edu")
        var context = RequestContext(request)
        context.failure = StoreError(.contended, retries: [:], sqlState: "40001", message: "could not serialize")
        context.retries = [.conflict: 2, .stale: 1]
        let line = try #require(try lines(of: (context, 503)).first)
        #expect(!"\(line)".lowercased().contains("mcfly"))
        #expect(line["level"] as? String == "error")
        #expect(line["route"] as? String == "other")
        #expect(line["method"] as? String == "other")
        #expect(line["status"] as? Int == 503)
        #expect(line["retries"] as? Int == 3)
        #expect(line["retries_conflict"] as? Int == 2)
        #expect(line["sqlstate"] as? String == "40001")
        #expect((line["request_id"] as? String)?.count == 32)
    }

    @Test(
        "of a request is written from the level on that it has: debug for what monitoring asks for, error for 500 and more"
    )
    func requestLevel() throws {
        for (path, status, level) in [("/health", 200, "debug"), ("/identify", 200, "info"), ("/health", 503, "error")]
        {
            var context = RequestContext(Request(method: "GET", path: path))
            context.route = path
            #expect(try lines(of: (context, status), from: .debug).map { $0["level"] as? String } == [level])
            #expect(try lines(of: (context, status), from: .critical).isEmpty)
        }
    }

    @Test("has its moment to the millisecond, also where a second begins")
    func clock() throws {
        var clock = LogClock()
        let format = Date.ISO8601FormatStyle(includingFractionalSeconds: true)
        let end = Date.now.addingTimeInterval(1.2)
        var previous = ""
        while Date.now < end {
            let before = Date.now.addingTimeInterval(-0.001)
            let text = String(decoding: clock.now(), as: UTF8.self)
            let after = Date.now
            #expect(text >= previous)
            #expect((before...after).contains(try format.parse(text)), "\(text)")
            previous = text
        }
    }

    @Test("warns, with the setting, of a request that PostgreSQL had no predicate locks for")
    func predicateLocks() throws {
        for (cause, warnings) in [(RetryCause.predicateLocks, 1), (.conflict, 0)] {
            var context = RequestContext(Request(method: "GET", path: "/"))
            context.retries = [cause: 1]
            let lines = try lines(of: (context, 200))
            #expect(lines.count { $0["level"] as? String == "warning" } == warnings)
            #expect("\(lines)".contains("max_pred_locks_per_transaction") == (warnings == 1))
        }
    }
}
