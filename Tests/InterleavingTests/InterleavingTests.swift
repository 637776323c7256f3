import Foundation
import Testing

@Suite("Requests at once")
struct InterleavingTests {
    private static let environment = ProcessInfo.processInfo.environment
    /// Set by script/interleavings.
    private static let limit = environment["INTERLEAVINGS"].flatMap(Int.init)
    private static let seed = environment["INTERLEAVINGS_SEED"].flatMap(UInt64.init) ?? 1

    @Test("come out as one after the other, in every order of their statements", arguments: Scenario.requests)
    func requests(scenario: Scenario) throws {
        report(try Exploration(of: scenario), of: scenario)
    }

    @Test("come out as one after the other with an import, in every order, too", arguments: Scenario.imports)
    func imports(scenario: Scenario) throws {
        report(try Exploration(of: scenario), of: scenario)
    }

    @Test(
        "come out so where there are more, in every order, or in a sample", .enabled(if: limit != nil),
        arguments: Scenario.many)
    func many(scenario: Scenario) throws {
        report(
            try Exploration(of: scenario, limit: InterleavingTests.limit, seed: InterleavingTests.seed), of: scenario)
    }

    @Test("come out once where the connection is lost with the answer to any statement", arguments: Scenario.alone)
    func lostAnswers(scenario: Scenario) throws {
        let interleaver = try Interleaver(scenario)
        var orders = AllOrders()
        let steps = try interleaver.run(&orders).history
        for (lost, step) in steps.enumerated() {
            orders.again()
            let problems = try interleaver.run(&orders, losing: lost).problems
            #expect(problems == [], "\(step)")
        }
    }

    private func report(_ exploration: Exploration, of scenario: Scenario) {
        let kind = exploration.isSampled ? "the first, and a sample with seed \(InterleavingTests.seed)" : "all"
        print(
            "interleavings: \(scenario.name); \(exploration.histories.count) orders (\(kind), "
                + "\(exploration.waits) with a wait, \(exploration.retries) with a retry); "
                + "\(exploration.bad == nil ? 0 : 1) bad; \(Int(exploration.duration / .milliseconds(1))) ms")
        if !scenario.startsOver {
            #expect(exploration.retries == 0 && exploration.waits > 0, "one waits for the other")
        }
        if let bad = exploration.bad {
            Issue.record("\(bad.problems.joined(separator: "\n"))\n\(bad.history.joined(separator: "; "))")
        }
    }
}
