import Foundation
import HistoryChecker
import PostgreSQL
import Synchronization
import TestSupport

/// Clients, an import and a reader of the feed for some seconds; and then, so that nothing hides, all is looked up.
final class Round: Sendable {
    private let port: Int
    private let database: String
    private let binary: String
    private let clients: Int
    private let seed: UInt64
    private let customers: Customers
    private let cursor: String?
    private let lastCursor = Mutex<String?>(nil)
    private let stopped = Atomic(false)
    private let history = Mutex<[Entry]>([])

    init(
        port: Int, database: String, binary: String, clients: Int, seed: UInt64, firstCustomer: Int = 0,
        cursor: String? = nil
    ) {
        (self.port, self.database, self.binary, self.clients, self.seed) = (port, database, binary, clients, seed)
        (customers, self.cursor) = (Customers(first: firstCustomer), cursor)
    }

    /// With other customers, on the same service.
    var next: Round {
        Round(
            port: port, database: database, binary: binary, clients: clients, seed: seed + 1,
            firstCustomer: customers.all.upperBound, cursor: lastCursor.withLock { $0 })
    }

    func run(seconds: Int) throws -> [Entry] {
        let threads =
            (0..<clients).map { client in Background { [self] in call(as: client) } }
            + [Background { [self] in try importRows() }, Background { [self] in try follow() }]
        sleep(UInt32(seconds))
        stopped.store(true, ordering: .relaxed)
        for thread in threads { try thread.join() }
        try onThreads(clients) { [self] client in try lookUpAll(as: client) }
        try readFeedToItsEnd()
        return history.withLock { $0 }
    }

    private func keep(_ operations: [Entry]) { history.withLock { $0 += operations } }

    private func random(for thread: Int) -> SeededGenerator { SeededGenerator(seed: seed &* 1000 &+ UInt64(thread)) }

    private func call(as number: Int) {
        let client = Client(name: "\(number)", port: port)
        var random = random(for: number)
        var mine: [Entry] = []
        while !stopped.load(ordering: .relaxed) {
            let customer = customers.pick(&random)
            let operation = client.send(customers.call(about: customer, &random))
            customers.note(operation, about: customer)
            mine.append(operation)
            if operation.answered == nil { usleep(5000) }
        }
        keep(mine)
    }

    // MARK: - Import

    private func importRows() throws {
        let path = NSTemporaryDirectory() + "check-history-\(UUID()).csv"
        defer { try? FileManager.default.removeItem(atPath: path) }
        var random = random(for: clients)
        while !stopped.load(ordering: .relaxed) {
            usleep(500_000)
            let newest = customers.all.suffix(20).filter { !Customers.isCorrected($0) }
            let rows = (0..<60).map { _ in
                Customers.identifiers(of: newest.randomElement(using: &random)!, &random)
            }
            let lines = rows.map { "\($0.email ?? ""),\($0.phone ?? "")\n" }.joined()
            try "email,phone\n\(lines)".write(toFile: path, atomically: true, encoding: .utf8)
            let called = Client.now()
            let isDone = try run(binary, ["import", path])
            let answered = isDone ? Client.now() : nil
            keep(
                rows.map {
                    Entry(
                        client: "import", call: .row(email: $0.email, phoneNumber: $0.phone), called: called,
                        answered: answered)
                })
        }
    }

    /// - Returns: Whether it succeeded.
    private func run(_ program: String, _ arguments: [String]) throws -> Bool {
        let process = Process()
        process.executableURL = URL(filePath: program)
        process.arguments = arguments
        process.environment = ["DATABASE_URL": database]
        (process.standardOutput, process.standardError) = (FileHandle.nullDevice, FileHandle.nullDevice)
        try process.run()
        if !eventually(within: 120, { !process.isRunning }) {
            process.terminate()
            throw WaitedInVain("\(program) \(arguments[0]) still runs", .seconds(120))
        }
        return process.terminationStatus == 0
    }

    // MARK: - The feed

    private func follow() throws {
        let client = Client(name: "feed", port: port)
        lastCursor.withLock { $0 = cursor }
        while !stopped.load(ordering: .relaxed) {
            usleep(50_000)
            try readPage(client, isSettled: false)
        }
    }

    /// - Returns: How many changes it had.
    @discardableResult
    private func readPage(_ client: Client, isSettled: Bool) throws -> Int {
        let operations = try client.insist(.changes(after: lastCursor.withLock { $0 }, isSettled: isSettled))
        keep(operations)
        guard let answer = operations.last!.answer, let next = answer.next else { return 0 }
        lastCursor.withLock { $0 = next }
        return answer.changes?.count ?? 0
    }

    /// And once more from the beginning of the round, as another reader.
    private func readFeedToItsEnd() throws {
        try settle()
        while try readPage(Client(name: "feed", port: port), isSettled: true) > 0 {}
        lastCursor.withLock { $0 = cursor }
        while try readPage(Client(name: "feed 2", port: port), isSettled: false) > 0 {}
    }

    /// Waits until all transactions are over that run now.
    private func settle() throws {
        let isSettled = eventually(within: 120) {
            let configuration = ConnectionConfiguration(database: database, applicationName: "check-history")
            guard let connection = try? Connection(configuration, before: .soon) else { return false }
            return (try? connection.settle(within: 30)) != nil
        }
        if !isSettled { throw WaitedInVain("transactions still run", .seconds(120)) }
    }

    // MARK: - In the end

    private func lookUpAll(as number: Int) throws {
        let client = Client(name: "\(number)", port: port)
        for customer in customers.all where customer % clients == number {
            var primaries: Set<Int64> = []
            for identifier in 0..<Customers.identifiers(of: customer) {
                let operations = try client.insist(
                    .lookup(
                        email: Customers.email(identifier, of: customer),
                        phoneNumber: Customers.phone(identifier, of: customer)))
                keep(operations)
                primaries.formUnion(operations.last!.answer?.contacts?.map(\.primaryContactId) ?? [])
            }
            for primary in primaries.sorted() { keep(try client.insist(.contact(id: primary))) }
        }
    }
}
