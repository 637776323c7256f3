import EventLoop
import Foundation
import Identity
import Logging
import PostgreSQL
import Synchronization
import TestSupport
import Testing

@testable import API
@testable import ContactStore
@testable import Server

@Suite("The writer of what was ignored")
final class IgnoredWriterTests: Sendable {
    private let database: TestDatabase
    private let counts = Mutex<IgnoredWriter.Counts>([:])
    private let log = Pipe()
    private let logWriter: LogWriter

    init() throws {
        database = try TestDatabase()
        logWriter = try LogWriter(log.fileHandleForWriting.fileDescriptor)
        try logWriter.start()
    }

    private func ignore(_ field: IdentifierField, _ reason: Ignored.Reason) {
        counts.withLock { $0[Counters.IgnoredLabels(field: field, reason: reason), default: 0] += 1 }
    }

    private func writer(
        of database: String? = nil, every period: Duration = .milliseconds(20)
    ) throws -> IgnoredWriter {
        let logger = Logger(label: "test") { [logWriter] _ in JSONLogHandler(level: .info, writer: logWriter) }
        return try IgnoredWriter(database: database ?? self.database.url, period: period, logger: logger) { [self] in
            counts.withLock { $0 }
        }
    }

    /// "field reason count" of what is in the database.
    private var written: [String] {
        get throws {
            let rows = try database.run("SELECT concat_ws(' ', field, reason, count) FROM ignored ORDER BY 1")
            return (0..<rows.count).map { rows.text($0, 0)! }
        }
    }

    private func logged() throws -> [String] {
        logWriter.finish(before: .now + .seconds(10))
        try log.fileHandleForWriting.close()
        let text = String(decoding: try log.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
        return text.split(separator: "\n").map(String.init)
    }

    @Test("adds what is new each time, and what is left in the end, to what others have added")
    func adds() throws {
        try database.run("INSERT INTO ignored VALUES ((now() AT TIME ZONE 'UTC')::date, 'email', 'invalid', 10)")
        let writer = try writer()
        ignore(.email, .invalid)
        #expect(try eventually { try written == ["email invalid 11"] })
        ignore(.email, .invalid)
        ignore(.phoneNumber, .keptApart)
        #expect(try eventually { try written == ["email invalid 12", "phoneNumber kept-apart 1"] })
        writer.finish(before: .now + .seconds(60))

        let idle = try self.writer(every: .seconds(3600))
        idle.finish(before: .now + .seconds(60))
        #expect(try written == ["email invalid 14", "phoneNumber kept-apart 2"])
        #expect(try logged() == [])
    }

    @Test("keeps what can't be written for the next time, and says so once")
    func keeps() throws {
        try database.run("ALTER TABLE ignored RENAME TO elsewhere")
        let writer = try writer()
        for _ in 0..<3 {
            ignore(.email, .blocked)
            // Several tries.
            usleep(100_000)
        }
        try database.run("ALTER TABLE elsewhere RENAME TO ignored")
        #expect(try eventually { try written == ["email blocked 3"] })
        writer.finish(before: .now + .seconds(60))
        #expect(try written == ["email blocked 3"])
        let lines = try logged()
        #expect(lines.count == 1 && lines[0].contains("what was ignored can't be counted in the database"))
    }

    @Test("of a database one schema behind waits until it is migrated")
    func behind() throws {
        let database = try TestDatabase(migrated: false)
        _ = try Migrator(database: database.url).migrate(upTo: 6) { _ in }
        let writer = try writer(of: database.url)
        ignore(.email, .blocked)
        usleep(100_000)
        _ = try Migrator(database: database.url).migrate { _ in }
        #expect(try eventually { try database.count("ignored WHERE count = 1") == 1 })
        writer.finish(before: .now + .seconds(60))
        #expect(try logged().allSatisfy { $0.contains("run: identityd migrate") })
    }

    @Test("lets an instance end in time where the database hangs")
    func hanging() throws {
        let locker = try database.connect()
        try locker.run(script: "BEGIN; LOCK TABLE ignored", before: .soon)
        let writer = try writer(every: .seconds(3600))
        ignore(.email, .blocked)
        let begin = ContinuousClock.now
        writer.finish(before: .now + .milliseconds(100))
        #expect(.now - begin < .seconds(1))
        try locker.run(script: "ROLLBACK", before: .soon)
    }
}
