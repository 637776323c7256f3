import Foundation
import TestSupport
import Testing

@Suite("When standard error is not read", .serialized)
final class LogReaderTests: Sendable {
    private let database: TestDatabase
    private let socket = TestSocket.newPath()
    private let process = Process()
    private let log = Pipe()

    init() throws {
        database = try TestDatabase()
        process.executableURL = URL(filePath: RunningServer.binary)
        process.arguments = ["serve", "--socket", socket]
        let settings = ["DATABASE_URL": database.url, "ALLOW_ANONYMOUS": "true", "WORKERS": "2"]
        process.environment = ProcessInfo.processInfo.environment.merging(settings) { $1 }
        process.standardInput = FileHandle.nullDevice
        process.standardError = log
        try process.runWithSignals()
        try log.fileHandleForWriting.close()
        try #require(eventually { FileManager.default.fileExists(atPath: socket) })
    }

    deinit {
        if process.isRunning { kill(process.processIdentifier, SIGKILL) }
        try? FileManager.default.removeItem(atPath: socket)
    }

    /// - Returns: What comes.
    private func ask(
        _ method: String, _ path: String, _ body: String = "", on client: FastCGIClient
    ) -> FastCGIClient.Reply {
        let parameters = [("REQUEST_METHOD", method), ("SCRIPT_NAME", path), ("CONTENT_TYPE", "application/json")]
        client.send(FastCGIRecord.request(parameters, body: Array(body.utf8), keepingConnection: true))
        return client.reply()
    }

    /// The metric.
    private func dropped(_ client: FastCGIClient) throws -> Int {
        guard case .answer(let answer) = ask("GET", "/metrics", on: client) else { return -1 }
        let sample = try #require(answer.text.firstMatch(of: /identityd_log_lines_dropped_total{process="1"} (\d+)\n/))
        return try #require(Int(sample.1))
    }

    /// As many as fill what is held of the log, and more.
    /// - Returns: How many.
    private func askUntilLinesAreDropped() throws -> Int {
        try onThreads(4) { [self] thread in
            let client = try FastCGIClient(path: socket)
            for number in 0..<500 {
                let reply = ask(
                    "POST", "/identify", #"{"email":"log\#(thread * 1000 + number % 10)@x.org"}"#, on: client)
                try #require(reply.status == 200, "\(reply) after \(number) requests")
            }
        }
        let client = try FastCGIClient(path: socket)
        #expect(ask("GET", "/health/live", on: client).status == 200)
        #expect(ask("GET", "/health/ready", on: client).status == 200)
        #expect(try dropped(client) == 0)
        var count = 2000
        while count < 12_000 {
            let reply = ask("GET", "/nowhere", on: client)
            try #require(reply.status == 404, "\(reply) after \(count) requests")
            count += 1
        }
        #expect(ask("GET", "/health/live", on: client).status == 200)
        return count
    }

    @Test("all requests are answered; a reader that comes later is told how many lines are missing, and where")
    func readerComesLater() throws {
        let requests = try askUntilLinesAreDropped()
        let client = try FastCGIClient(path: socket)
        let dropped = try dropped(client)
        #expect(dropped > 0)

        let reading = Background { [self] in
            let lines = try log.fileHandleForReading.readToEnd()!.split(separator: UInt8(ascii: "\n")).map {
                try #require(try JSONSerialization.jsonObject(with: $0) as? [String: Any])
            }
            let told = lines.compactMap { $0["dropped"] as? Int }
            #expect(told == [dropped])
            #expect(lines.count { $0["route"] != nil } + dropped == requests)
            #expect(lines.last?["message"] as? String == "stopped")
            print("figures: \(requests) requests, \(lines.count) lines read, \(dropped) dropped")
        }
        // The line about the missing ones stands before what comes after them.
        #expect(eventually { ask("GET", "/health/live", on: client).status == 200 })
        sleep(1)
        kill(process.processIdentifier, SIGTERM)
        process.waitForExit()
        #expect(process.status == 0)
        try reading.join()
    }

    @Test("SIGTERM ends it before its deadline all the same")
    func termination() throws {
        _ = try askUntilLinesAreDropped()
        kill(process.processIdentifier, SIGTERM)
        // SHUTDOWN_DEADLINE is 8 s.
        process.waitForExit(within: 8)
        #expect(process.status == 0)
    }
}
