/// Goes through the orders of a scenario until one is bad.
struct Exploration {
    private(set) var histories: Set<[String]> = []
    private(set) var isSampled = false
    /// The first bad order.
    private(set) var bad: Interleaver.Run?
    private(set) var duration = Duration.zero

    /// - Parameters:
    ///   - limit: Where there are more orders, as many are drawn by chance; `nil` for all of them.
    ///   - seed: Of chance.
    init(of scenario: Scenario, limit: Int? = nil, seed: UInt64 = 1) throws {
        let started = ContinuousClock.now
        let interleaver = try Interleaver(scenario)
        var first = AllOrders()
        let run = try Exploration.run(interleaver, &first)
        if let limit, Exploration.orders(like: run.history) > Double(limit) {
            isSampled = true
            try go(interleaver, SampledOrders(limit, seed: seed))
        } else {
            try go(interleaver, AllOrders())
        }
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

    private mutating func go(_ interleaver: Interleaver, _ orders: some Orders) throws {
        var orders = orders
        repeat {
            let run = try Exploration.run(interleaver, &orders)
            histories.insert(run.history)
            if !run.problems.isEmpty { bad = run }
        } while bad == nil && orders.next()
    }

    private static func run(_ interleaver: Interleaver, _ orders: inout some Orders) throws -> Interleaver.Run {
        for _ in 1..<20 {
            do { return try interleaver.run(&orders) } catch is NotThere { orders.again() }
        }
        return try interleaver.run(&orders)
    }

    /// How many orders there are of as many steps of each session: about as many as there are, because what is tried again takes
    /// more.
    private static func orders(like history: [String]) -> Double {
        let steps = Dictionary(grouping: history) { $0.prefix(1) }.mapValues(\.count)
        var (orders, all) = (1.0, 0.0)
        for count in steps.values {
            for step in 1...count {
                all += 1
                orders *= all / Double(step)
            }
        }
        return orders
    }
}
