/// Goes through the orders of a scenario until one is bad.
struct Exploration {
    private(set) var histories: Set<[String]> = []
    private(set) var isSampled = false
    /// The first bad order.
    private(set) var bad: Interleaver.Run?
    private(set) var duration = Duration.zero

    /// - Parameters:
    ///   - mostPreemptions: Of the orders that are gone through.
    ///   - limit: So many of them at most.
    ///   - sample: Where there are others, how many of all are drawn by chance.
    ///   - seed: Of chance.
    init(
        of scenario: Scenario, at isolation: Isolation, mostPreemptions: Int = .max, limit: Int, sample: Int,
        seed: UInt64
    ) throws {
        let started = ContinuousClock.now
        let interleaver = try Interleaver(scenario, at: isolation)
        var all = AllOrders(mostPreemptions: mostPreemptions)
        isSampled = try !go(interleaver, &all, atMost: limit) || all.leavesOut
        var sampled = SampledOrders(seed: seed)
        if isSampled && bad == nil { _ = try go(interleaver, &sampled, atMost: sample) }
        duration = ContinuousClock.now - started
    }

    /// In how many orders a session waits for another one.
    var waits: Int { histories.count { $0.contains { $0.hasSuffix("waits") } } }

    /// In how many orders a session begins a second transaction.
    var retries: Int {
        histories.count { history in
            let begun = history.filter { $0.contains(" BEGIN ") }.map { $0.prefix { $0 != " " } }
            return Set(begun).count < begun.count
        }
    }

    /// - Returns: Whether that is all, or it found a bad one.
    private mutating func go(
        _ interleaver: Interleaver, _ orders: inout some Orders, atMost limit: Int
    ) throws -> Bool {
        for _ in 0..<limit {
            let run = try Exploration.run(interleaver, &orders)
            histories.insert(run.history)
            if !run.problems.isEmpty { bad = run }
            if bad != nil || !orders.next() { return true }
        }
        return false
    }

    private static func run(_ interleaver: Interleaver, _ orders: inout some Orders) throws -> Interleaver.Run {
        for _ in 1..<20 {
            do { return try interleaver.run(&orders) } catch is NotThere { orders.again() }
        }
        return try interleaver.run(&orders)
    }
}
