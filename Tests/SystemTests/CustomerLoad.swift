import Foundation
import PostgreSQL
import Synchronization
import TestSupport
import Testing

/// A load of new customers, links and merges, which remembers what it sent and what was answered, so that
/// afterwards each answered 200 can be looked for in the database.
///
/// A customer has three e-mails and three phones; requests pair them at random. A new customer begins with
/// every 16th request, so that most of them are asked for by several connections at once.
final class CustomerLoad: Sendable {
    struct Observation: Hashable, Sendable {
        let email: String
        let phone: String

        init(customer: Int, email: Int, phone: Int) {
            self.email = "c\(customer)e\(email)@x.org"
            self.phone = "2\(1_000_000 + customer)\(phone)"
        }
    }

    struct Tally: Sendable {
        var answered: [Observation] = []
        /// Refused with a 503 problem, or shed with a 429 problem: may have been done or not.
        var refused: [Observation] = []
        /// What was neither.
        var bad: [String] = []
        var slowestAnswer = Duration.zero
        var slowestRefusal = Duration.zero
        /// The end of the last request that was not answered with 200.
        var lastRefusal: ContinuousClock.Instant?

        var requests: Int { answered.count + refused.count + bad.count }

        var slowest: Duration { max(slowestAnswer, slowestRefusal) }

        /// How long after `moment` the last request was refused.
        func recovery(since moment: ContinuousClock.Instant) -> Duration {
            max(.zero, (lastRefusal ?? moment) - moment)
        }

        static func += (sum: inout Tally, more: Tally) {
            sum.answered += more.answered
            sum.refused += more.refused
            sum.bad += more.bad
            sum.slowestAnswer = max(sum.slowestAnswer, more.slowestAnswer)
            sum.slowestRefusal = max(sum.slowestRefusal, more.slowestRefusal)
            sum.lastRefusal = [sum.lastRefusal, more.lastRefusal].compactMap { $0 }.max()
        }
    }

    /// What one connection counts: a lock for all of them would slow down the load itself.
    private final class Counter: Sendable {
        let tally = Mutex(Tally())
    }

    private let port: Int
    private let firstCustomer: Int
    private let pause: Duration
    private let sent = Atomic(0)
    private let counters: [Counter]
    private let stopped = Atomic(false)
    private let threads = Mutex<[Background]>([])

    /// - Parameters:
    ///   - firstCustomer: Those below are not asked for.
    ///   - pause: Between an answer and the next request of a connection.
    init(port: Int, connections: Int, firstCustomer: Int = 0, pause: Duration = .zero) {
        self.port = port
        self.firstCustomer = firstCustomer
        self.pause = pause
        counters = (0..<connections).map { _ in Counter() }
        let threads = counters.enumerated().map { connection, counter in
            Background(stackSize: 512 * 1024) { [self] in
                var random = SeededGenerator(seed: UInt64(firstCustomer * 1000 + connection))
                while !stopped.load(ordering: .relaxed) { request(&random, counter) }
            }
        }
        self.threads.withLock { $0 = threads }
    }

    private func request(_ random: inout SeededGenerator, _ counter: Counter) {
        let newest = firstCustomer + sent.add(1, ordering: .relaxed).newValue / 16
        let customer = max(firstCustomer, newest - Int.random(in: 0..<4, using: &random))
        let observation = Observation(
            customer: customer, email: .random(in: 0..<3, using: &random), phone: .random(in: 0..<3, using: &random))
        if !ask(observation, counter) { usleep(10_000) }
        if pause > .zero { usleep(UInt32(pause / .microseconds(1))) }
    }

    /// - Returns: Whether it was answered with 200.
    private func ask(_ observation: Observation, _ counter: Counter) -> Bool {
        let begin = ContinuousClock.now
        let body = #"{"email":"\#(observation.email)","phoneNumber":"\#(observation.phone)"}"#
        let answer = Swift.Result { try HTTP.post(body, port: port, isChecked: false) }
        let end = ContinuousClock.now
        return counter.tally.withLock { tally in
            if case .success(let answer) = answer, answer.isTrue(of: observation) {
                tally.answered.append(observation)
                tally.slowestAnswer = max(tally.slowestAnswer, end - begin)
                return true
            }
            tally.lastRefusal = end
            if case .success(let answer) = answer, answer.isRefusal {
                tally.refused.append(observation)
                tally.slowestRefusal = max(tally.slowestRefusal, end - begin)
            } else if tally.bad.count < 1000 {
                tally.bad.append("\(answer) after \(end - begin)")
            }
            return false
        }
    }

    var soFar: Tally { counters.reduce(into: Tally()) { sum, counter in sum += counter.tally.withLock { $0 } } }

    /// Ends the load.
    func finish() -> Tally {
        stopped.store(true, ordering: .relaxed)
        for thread in threads.withLock({ $0 }) {
            do { try thread.join() } catch { Issue.record(error) }
        }
        return soFar
    }
}

extension HTTP.Answer {
    func isTrue(of observation: CustomerLoad.Observation) -> Bool {
        status == 200 && body.contains("\"\(observation.email)\"") && body.contains("\"\(observation.phone)\"")
    }

    /// Whether the caller is told, in the service's own words, to come again.
    var isRefusal: Bool {
        (status == 503 || status == 429) && header("Content-Type") == "application/problem+json"
            && header("Retry-After") == "1"
    }
}

extension CustomerLoad.Tally {
    /// Checks the rule of every fault: each answered observation is in one cluster, no cluster holds
    /// more than its customer, no row came twice, and the verifier finds nothing.
    func check(_ database: String, sourceLocation: SourceLocation = #_sourceLocation) throws {
        #expect(Array(bad.prefix(5)) == [], sourceLocation: sourceLocation)
        let connection = try Connection.test(database)
        let rows = try connection.run(
            script: "SELECT cluster_id, email, phone_key FROM contact WHERE deleted_at IS NULL",
            before: .soon)

        var (owners, pairs) = ([String: Int64](), Set<String>())
        var (strays, repeated) = ([String](), [String]())
        for row in 0..<rows.count {
            let cluster = rows.integer(row, 0)!
            let (email, phone) = (rows.text(row, 1) ?? "", rows.text(row, 2) ?? "")
            if !pairs.insert("\(email) \(phone)").inserted { repeated.append("\(email) \(phone)") }
            for key in [email, phone] where owners.updateValue(cluster, forKey: key) ?? cluster != cluster {
                strays.append("\(key) is in two clusters")
            }
        }
        let lost = answered.filter { owners[$0.email] == nil || owners[$0.email] != owners[$0.phone] }
        #expect(lost.count == 0, "answered, and not there: \(lost.prefix(5))", sourceLocation: sourceLocation)
        #expect(repeated == [], sourceLocation: sourceLocation)

        var model = CustomerModel()
        for observation in answered + refused { model.observe(email: observation.email, phone: observation.phone) }
        var allowed: [String: Int] = [:]
        for (index, customer) in model.customers.enumerated() {
            for key in customer { allowed[String(key.drop { $0 != " " }.dropFirst())] = index }
        }
        for (cluster, keys) in Dictionary(grouping: owners.keys, by: { owners[$0]! }) {
            // What a test asked for by itself is not in the model.
            if Set(keys.compactMap { allowed[$0] }).count > 1 { strays.append("\(cluster) holds two customers") }
        }
        #expect(strays == [], sourceLocation: sourceLocation)

        let verified = try command(RunningServer.binary, ["verify"], environment: ["DATABASE_URL": database])
        #expect(verified.status == 0, "\(verified.output)", sourceLocation: sourceLocation)
    }
}
