import HistoryChecker
import Synchronization
import TestSupport

/// Whom clients call about. A customer has four e-mails and four phones; of two customers in three nothing is erased.
///
/// Customers come one after the other, and calls go to the newest sixty, most to the newest: so that several clients
/// ask for one at once, and that some are around for longer than a fault lasts.
final class Customers: Sendable {
    private static let callsEach = 40
    private static let recent = 60
    private static let mostCalls = 150
    private static let mostUnanswered = 5
    static let identifiers = 4

    let first: Int
    private let calls = Atomic(0)
    private let known = Mutex<[Int: Known]>([:])

    /// Of one customer.
    private struct Known {
        var ids: Set<Int64> = []
        var calls = 0
        /// What was not answered can happen at any time from then on, in any order.
        var unanswered = 0
    }

    init(first: Int) {
        self.first = first
    }

    /// Those that there are so far. An import is ahead of them by a few.
    var all: Range<Int> { first..<first + 8 + calls.load(ordering: .relaxed) / Customers.callsEach }

    func pick(_ random: inout SeededGenerator) -> Int {
        let newest = first + calls.add(1, ordering: .relaxed).newValue / Customers.callsEach
        let place = Double.random(in: 0..<1, using: &random)
        return max(first, newest - Int(place * place * Double(Customers.recent)))
    }

    static func email(_ number: Int, of customer: Int) -> String { "c\(customer)e\(number)@x.example" }

    static func phone(_ number: Int, of customer: Int) -> String { "2\(1_000_000 + customer)\(number)" }

    /// Of one customer: both, or one of them.
    static func identifiers(of customer: Int, _ random: inout SeededGenerator) -> (email: String?, phone: String?) {
        let email = Customers.email(.random(in: 0..<identifiers, using: &random), of: customer)
        let phone = Customers.phone(.random(in: 0..<identifiers, using: &random), of: customer)
        return switch Int.random(in: 0..<6, using: &random) {
        case 0: (email, nil)
        case 1: (nil, phone)
        default: (email, phone)
        }
    }

    func call(about customer: Int, _ random: inout SeededGenerator) -> Call {
        let (email, phone) = Customers.identifiers(of: customer, &random)
        let (id, isRead) = known.withLock { known in
            known[customer, default: Known()].calls += 1
            let known = known[customer]!
            let isRead = known.unanswered > Customers.mostUnanswered || known.calls > Customers.mostCalls
            return (known.ids.randomElement(using: &random), isRead)
        }
        let isErasable = customer.isMultiple(of: 3)
        switch (Int.random(in: 0..<(isRead ? 40 : 100), using: &random), id) {
        case (20..<40, let id?): return .contact(id: id)
        case (0..<40, _): return .lookup(email: email, phoneNumber: phone)
        case (40..<42, let id?) where isErasable: return .eraseContact(id: id)
        case (42..<44, _) where isErasable: return .erase(email: email, phoneNumber: phone)
        default: return .identify(email: email, phoneNumber: phone)
        }
    }

    /// So that its contacts are asked for, too.
    func note(_ entry: Entry, about customer: Int) {
        known.withLock { known in
            if entry.answered == nil { known[customer, default: Known()].unanswered += 1 }
            guard let contact = entry.answer?.contact else { return }
            known[customer, default: Known()].ids.formUnion([contact.primaryContactId] + contact.secondaryContactIds)
        }
    }
}
