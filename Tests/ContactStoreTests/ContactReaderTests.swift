import EventLoop
import Identity
import PostgreSQL
import TestSupport
import Testing

@testable import ContactStore

@Suite("The reader of contacts")
struct ContactReaderTests {
    /// More questions than are asked together, all there before the first is.
    @Test("answers first those who asked first")
    func order() throws {
        let database = try TestDatabase()
        #expect(try Asker(database).ask(40) == Array(0..<40))
    }
}

/// Tasks on one event loop that share a reader of one session.
private actor Asker {
    private nonisolated let loop: EventLoop
    private let reader: ContactReader
    private var asked = 0
    private var answered: [Int] = []

    nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }

    init(_ database: TestDatabase) throws {
        loop = try EventLoop()
        let configuration = ConnectionConfiguration(database: database.url, applicationName: "test")
        let session = Session(configuration, on: loop) { connection, deadline in
            try connection.prepare(ContactStatements.all, before: deadline)
        }
        reader = ContactReader([session], connectDeadline: .seconds(10), on: loop)
    }

    isolated deinit {
        loop.stop()
    }

    /// - Returns: The questions, numbered as they were asked, in the order of their answers.
    nonisolated func ask(_ questions: Int) throws -> [Int] {
        try loop.wait {
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<questions { group.addTask { try await self.ask() } }
                group.addTask { await self.serve() }
                try await group.waitForAll()
            }
            return await self.answered
        }
    }

    private func ask() async throws {
        let question = asked
        asked += 1
        _ = try await reader.contacts(Email("e\(question)@x"), nil, before: .soon)
        answered.append(question)
        if answered.count == asked { reader.stop() }
    }

    private func serve() async {
        await reader.serve(on: 0)
    }
}
