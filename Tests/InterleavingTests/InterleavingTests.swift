import Foundation
import Testing

@Suite("Requests at once")
struct InterleavingTests {
    private static let environment = ProcessInfo.processInfo.environment
    /// Set by script/interleavings.
    private static let limit = environment["INTERLEAVINGS"].flatMap(Int.init)
    private static let seed = environment["INTERLEAVINGS_SEED"].flatMap(UInt64.init) ?? 1

    @Test(
        "come out as one after the other, in the orders of their statements", arguments: Scenario.requests,
        Isolation.allCases)
    func requests(scenario: Scenario, isolation: Isolation) throws {
        try explore(scenario, at: isolation)
    }

    @Test("come out so with an unlink", arguments: Scenario.unlinks, Isolation.allCases)
    func unlinks(scenario: Scenario, isolation: Isolation) throws {
        try explore(scenario, at: isolation)
    }

    @Test("come out so with two that are kept apart", arguments: Scenario.keptApart, Isolation.allCases)
    func keptApart(scenario: Scenario, isolation: Isolation) throws {
        try explore(scenario, at: isolation)
    }

    @Test("come out so with what is disowned", arguments: Scenario.disowned, Isolation.allCases)
    func disowned(scenario: Scenario, isolation: Isolation) throws {
        try explore(scenario, at: isolation)
    }

    @Test("come out so with an undo", arguments: Scenario.undone, Isolation.allCases)
    func undone(scenario: Scenario, isolation: Isolation) throws {
        try explore(scenario, at: isolation)
    }

    @Test("come out so with an import", arguments: Scenario.imports, Isolation.allCases)
    func imports(scenario: Scenario, isolation: Isolation) throws {
        try explore(scenario, at: isolation)
    }

    @Test("come out so with an import and a correction", arguments: Scenario.correctedImports, Isolation.allCases)
    func correctedImports(scenario: Scenario, isolation: Isolation) throws {
        try explore(scenario, at: isolation)
    }

    @Test(
        "come out so where there are more orders", .enabled(if: limit != nil), arguments: Scenario.many,
        Isolation.allCases)
    func many(scenario: Scenario, isolation: Isolation) throws {
        try explore(scenario, at: isolation)
    }

    @Test("come out once where the connection is lost with the answer to any statement", arguments: Scenario.alone)
    func lostAnswers(scenario: Scenario) throws {
        let interleaver = try Interleaver(scenario, at: .serializable)
        var orders = AllOrders()
        let steps = try interleaver.run(&orders).history
        for (lost, step) in steps.enumerated() {
            orders.again()
            let problems = try interleaver.run(&orders, losing: lost).problems
            #expect(problems == [], "\(step)")
        }
    }

    private func explore(_ scenario: Scenario, at isolation: Isolation) throws {
        let (limit, seed) = (InterleavingTests.limit, InterleavingTests.seed)
        let exploration = try Exploration(
            of: scenario, at: isolation, mostPreemptions: limit == nil ? 1 : .max, limit: limit ?? 200,
            sample: limit ?? 10, seed: seed)
        let kind = exploration.isSampled ? "not all, a sample with seed \(seed)" : "all"
        print(
            "interleavings: \(scenario.name), \(isolation.rawValue); \(exploration.histories.count) orders (\(kind), "
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
