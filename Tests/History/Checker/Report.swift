import Dispatch
import Synchronization

/// What became of the check of a history.
public struct Report: Sendable {
    public var operations = 0
    public var unanswered = 0
    public var corrections = 0
    /// Components: customers that share nothing with others.
    public var customers = 0
    public var contradictions: [Contradiction] = []
    /// Customers with more orders than can be tried.
    public var undecided = 0

    public init() {}

    /// - Parameters:
    ///   - history: In any order.
    ///   - mostTries: Changes to try for one customer, before it is undecided.
    public init(checking history: [Entry], threads: Int = 2, mostTries: Int = 500_000) {
        let operations = history.sorted { ($0.called, $0.client) < ($1.called, $1.client) }
        let feed = Feed(operations)
        let components = Component.all(of: operations, feed)
        self.operations = operations.count
        unanswered = operations.count { $0.answered == nil }
        corrections = operations.count(where: \.corrects)
        customers = components.count
        if let wrong = feed.contradiction { contradictions.append(Contradiction(wrong, among: operations.count)) }

        let next = Atomic(0)
        let found = Mutex<(contradictions: [Contradiction], undecided: Int)>(([], 0))
        DispatchQueue.concurrentPerform(iterations: threads) { _ in
            while case let index = next.add(1, ordering: .relaxed).oldValue, index < components.count {
                switch components[index].verdict(mostTries: mostTries) {
                case .explained: break
                case .undecided: found.withLock { $0.undecided += 1 }
                case .contradiction:
                    // The first few tell enough, and to make one small takes as long as a thousand checks.
                    let isNeeded = found.withLock { $0.contradictions.count < 3 }
                    let part = isNeeded ? components[index].smallestContradiction() : components[index]
                    let contradiction = Contradiction(part.all, among: components[index].operations.count)
                    found.withLock { $0.contradictions.append(contradiction) }
                }
            }
        }
        let result = found.withLock { $0 }
        contradictions += result.contradictions.sorted { $0.operations[0].called < $1.operations[0].called }
        undecided = result.undecided
    }

    public var isGood: Bool { operations > 0 && contradictions.isEmpty && undecided == 0 }

    public static func += (sum: inout Report, more: Report) {
        sum.operations += more.operations
        sum.unanswered += more.unanswered
        sum.corrections += more.corrections
        sum.customers += more.customers
        sum.contradictions += more.contradictions
        sum.undecided += more.undecided
    }
}

extension Report: CustomStringConvertible {
    public var description: String {
        "\(operations) operations (\(corrections) corrections and undos, \(unanswered) without an answer) on \(customers) customers: "
            + "\(contradictions.count) contradictions, \(undecided) undecided"
    }
}
