import ContactStore
import Glibc
import Identity
import TestSupport

/// Runs the requests of a scenario at once, each in a session of its own, statement by statement in a given order.
///
/// A step is a statement of the store; a BEGIN goes with the statement behind it. Between two steps nothing moves: each session is
/// held before its next statement, waits for a lock that another one has, or has its answer.
final class Interleaver {
    /// What one order came to.
    struct Run {
        /// "1 link" for each step, with "waits" behind it where it had to.
        var history: [String] = []
        /// Empty if all is well.
        var problems: [String] = []
    }

    /// An order does not come to an end: retries are steps, too.
    struct Endless: Error {
        let history: [String]
    }

    private static let mostSteps = 200

    private let scenario: Scenario
    private let database: TestDatabase
    private let observer: Observer
    private let store: TestStore
    private let sessions: [GatedSession]
    private let pipe = WakingPipe()

    init(_ scenario: Scenario, at isolation: Isolation) throws {
        self.scenario = scenario
        let (database, pipe) = (try TestDatabase(), pipe)
        try database.run("ALTER DATABASE \(database.name) SET deadlock_timeout = '20ms'")
        self.database = database
        store = try TestStore(database)
        observer = try Observer(database)
        sessions = try scenario.requests.map { try GatedSession(for: $0, database, at: isolation, waking: pipe) }
        try connect()
    }

    /// Has each session open all of its connections, and holds what comes after.
    private func connect() throws {
        try observer.clear()
        let connections = { [sessions] in sessions.flatMap(\.connections) }
        for connection in connections() { connection.holdsStatements = false }
        for (index, session) in sessions.enumerated() {
            session.caller.connect(with: "\(index)@x")
            try poll { session.caller.answer != nil && session.isSetUp }
        }
        for connection in connections() { connection.waitForLocks() }
        try poll { sessions.allSatisfy(\.isSetUp) }
        for connection in connections() { connection.holdsStatements = true }
    }

    /// - Parameters:
    ///   - orders: Says whose step is next.
    ///   - lost: The number of a step whose answer is lost, and its connection with it. What comes behind it is not held.
    /// - Throws: What `orders` throws, when all requests have their answers.
    func run(_ orders: inout some Orders, losing lost: Int? = nil) throws -> Run {
        let before = try sendRequests()
        var run = Run()
        var steps = [(first: Int?, last: Int?)](repeating: (nil, nil), count: sessions.count)
        var held = try settle()
        while !held.isEmpty {
            let number = run.history.count
            guard number < Interleaver.mostSteps else { throw Endless(history: run.history) }
            let next: Int
            do {
                next = try orders.choose(among: held)
            } catch {
                try finish()
                throw error
            }
            let connection = sessions[next].atGate!
            connection.letThrough(losingAnswer: number == lost)
            held = try settle()
            steps[next].first = steps[next].first ?? number
            for (index, session) in sessions.enumerated() where session.caller.answer != nil {
                steps[index].last = steps[index].last ?? number
            }
            let waits = held.contains(next) || sessions[next].caller.answer != nil ? "" : " waits"
            run.history.append("\(next + 1) \(connection.passed)\(waits)")
            // What a request would mend behind it would stay broken, were the worker killed now.
            if connection.passed == "commit" { run.problems += try observer.findings() }
        }
        let calls = sessions.indices.map { index in
            Call(
                request: scenario.requests[index], answer: sessions[index].caller.answer!,
                steps: steps[index].first!...steps[index].last!)
        }
        run.problems += try problems(of: calls, before: before, isAnswerLost: lost != nil)
        if lost != nil { try connect() }
        return run
    }

    /// - Returns: What is known before, and what the requests name in it.
    private func sendRequests() throws -> (model: CustomerModel, names: Names) {
        try observer.clear()
        var (model, modelNames, names) = (CustomerModel(), Names(), Names())
        for (email, phone) in scenario.known {
            _ = try store.identify(email, phone)
            model.observe(email: email, phone: phone)
        }
        for email in (scenario.corrected + scenario.requests).flatMap(\.contacts) {
            names.contacts[email] = try observer.owner(ofEmail: email)
            modelNames.contacts[email] = model.contact(ofEmail: email)
        }
        for request in scenario.corrected {
            _ = try store.carryOut(request, names)
            names.corrections.append(try store.corrections().last!.correction.id)
            modelNames.corrections.append(model.prepare(request, modelNames))
        }
        for (session, request) in zip(sessions, scenario.requests) { session.caller.send(request, names) }
        return (model, modelNames)
    }

    /// Lets through all that is under way.
    private func finish() throws {
        while let next = try settle().first { sessions[next].atGate!.letThrough() }
    }

    private func problems(
        of calls: [Call], before: (model: CustomerModel, names: Names), isAnswerLost: Bool
    ) throws -> [String] {
        let after = try observer.stored()
        let isCorrected = calls.contains { $0.request.isCorrection }
        var problems: [String] = []
        for call in calls {
            if case .failure(let error) = call.answer { problems.append("\(call.request) failed: \(error)") }
            if case .identified(let answer) = call.answer, let primary = answer.primary, !isCorrected,
                let now = try observer.identifiers(ofCustomerOf: primary), !now.isSuperset(of: answer.customer)
            {
                problems.append(
                    "\(call.request) was answered \(primary), who does not have \(answer.customer.sorted())")
            }
        }
        let explanation = Explanation(
            before: before.model, names: before.names, calls: calls, isAnswerLost: isAnswerLost, after: after)
        if !explanation.isThere {
            problems.append("no order explains \(calls.map(\.answer)), and that there is \(after)")
        }
        return problems
    }
}

// MARK: - Sessions that move

extension Interleaver {
    /// Waits until nothing moves.
    /// - Returns: The sessions that are held; none where all have their answers.
    private func settle() throws -> [Int] {
        let end = ContinuousClock.now + .seconds(60)
        while true {
            let held = sessions.indices.filter { sessions[$0].atGate != nil }
            let moving = sessions.filter { $0.atGate == nil && $0.caller.answer == nil }
            if moving.isEmpty { return held }
            if try poll(milliseconds: 1) { continue }
            // Where all wait for each other, PostgreSQL ends one of them.
            let isQuiet = try !held.isEmpty && moving.allSatisfy { try observer.isWaiting($0, for: sessions) }
            if isQuiet { return held }
            if ContinuousClock.now > end {
                throw WaitedInVain("a session does not come to its next statement", .seconds(60))
            }
        }
    }

    private func poll(until condition: () -> Bool) throws {
        let end = ContinuousClock.now + .seconds(60)
        while !condition() {
            try poll(milliseconds: 10)
            if ContinuousClock.now > end { throw WaitedInVain("the sessions are not set up", .seconds(60)) }
        }
    }

    /// Passes on what comes.
    /// - Returns: Whether anything came.
    @discardableResult
    private func poll(milliseconds: Int32) throws -> Bool {
        let sources = [(descriptor: pipe.readEnd, read: { [pipe] in pipe.read() })] + sessions.flatMap(\.sources)
        var descriptors = sources.map { pollfd(fd: $0.descriptor, events: Int16(POLLIN), revents: 0) }
        guard Glibc.poll(&descriptors, nfds_t(descriptors.count), milliseconds) > 0 else { return false }
        for (source, descriptor) in zip(sources, descriptors) where descriptor.revents != 0 { try source.read() }
        for session in sessions { session.dropClosed() }
        return true
    }
}
