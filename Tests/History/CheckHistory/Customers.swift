import HistoryChecker
import Synchronization
import TestSupport

/// Whom clients call about. A customer has four e-mails and four phones; of two customers in three nothing is erased. One in four
/// is corrected: it has three of each and is called about less, because what is under way about it can come in any order.
///
/// Customers come one after the other, and calls go to the newest sixty, most to the newest: so that several clients
/// ask for one at once, and that some are around for longer than a fault lasts.
final class Customers: Sendable {
    private static let callsEach = 40
    private static let recent = 60

    let first: Int
    private let calls = Atomic(0)
    private let known = Mutex<[Int: Known]>([:])

    /// Of one customer.
    private struct Known {
        var ids: Set<Int64> = []
        var evidence: Set<Int64> = []
        var corrections: Set<Int64> = []
        /// A correction that was refused, with what would part the two.
        var next: Call.Correction?
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

    static func isCorrected(_ customer: Int) -> Bool { customer % 4 == 1 }

    /// How many e-mails it has, and how many phones.
    static func identifiers(of customer: Int) -> Int { isCorrected(customer) ? 3 : 4 }

    /// Of one customer: both, or one of them.
    static func identifiers(of customer: Int, _ random: inout SeededGenerator) -> (email: String?, phone: String?) {
        let numbers = 0..<identifiers(of: customer)
        let email = Customers.email(.random(in: numbers, using: &random), of: customer)
        let phone = Customers.phone(.random(in: numbers, using: &random), of: customer)
        return switch Int.random(in: 0..<6, using: &random) {
        case 0: (email, nil)
        case 1: (nil, phone)
        default: (email, phone)
        }
    }

    func call(about customer: Int, _ random: inout SeededGenerator) -> Call {
        let (email, phone) = Customers.identifiers(of: customer, &random)
        let isCorrected = Customers.isCorrected(customer)
        let known = known.withLock { known in
            known[customer, default: Known()].calls += 1
            defer { known[customer]!.next = nil }
            return known[customer]!
        }
        let id = known.ids.randomElement(using: &random)
        let isRead = known.unanswered > (isCorrected ? 3 : 5) || known.calls > (isCorrected ? 60 : 150)
        let isErasable = customer.isMultiple(of: 3)
        switch (Int.random(in: 0..<(isRead ? 40 : 100), using: &random), id) {
        case (20..<40, let id?): return .contact(id: id)
        case (0..<40, _): return .lookup(email: email, phoneNumber: phone)
        case (40..<42, let id?) where isErasable: return .eraseContact(id: id)
        case (42..<44, _) where isErasable: return .erase(email: email, phoneNumber: phone)
        case (44..<56, _) where isCorrected:
            return .correct(known.next ?? correction(of: customer, known, &random))
        case (56..<62, _) where isCorrected && !known.corrections.isEmpty:
            let ids = (0..<Int.random(in: 1...2, using: &random)).map { _ in
                known.corrections.randomElement(using: &random)!
            }
            return .undo(ids: Set(ids).sorted())
        default: return .identify(email: email, phoneNumber: phone)
        }
    }

    private func correction(
        of customer: Int, _ known: Known, _ random: inout SeededGenerator
    ) -> Call.Correction {
        let numbers = 0..<Customers.identifiers(of: customer)
        let email = Customers.email(.random(in: numbers, using: &random), of: customer)
        let phone = Customers.phone(.random(in: numbers, using: &random), of: customer)
        var correction = Call.Correction(kind: "unlink", email: email, phoneNumber: phone)
        switch Int.random(in: 0..<10, using: &random) {
        case 0..<2 where !known.evidence.isEmpty:
            correction = Call.Correction(kind: "unlink")
            correction.evidence = [known.evidence.randomElement(using: &random)!]
        case 2..<4 where known.ids.count > 1:
            correction = Call.Correction(kind: "keep-apart")
            correction.contactIds = Array(known.ids.shuffled(using: &random).prefix(2))
        case 4..<6:
            let kind = Int.random(in: 0..<4, using: &random) == 0 ? "trust" : "disown"
            correction =
                Bool.random(using: &random)
                ? Call.Correction(kind: kind, email: email) : Call.Correction(kind: kind, phoneNumber: phone)
        default: break
        }
        if Int.random(in: 0..<6, using: &random) == 0 { correction.dryRun = true }
        return correction
    }

    /// So that its contacts, evidence and corrections are asked for, too.
    func note(_ entry: Entry, about customer: Int) {
        known.withLock { all in
            var known = all[customer, default: Known()]
            defer { all[customer] = known }
            if entry.answered == nil { known.unanswered += 1 }
            guard let answer = entry.answer else { return }
            known.ids.formUnion(entry.contactIDs)
            known.evidence.formUnion((answer.evidence ?? []).map(\.id))
            known.corrections.formUnion(entry.correctionIDs)
            if case .correct(var correction) = entry.call, let cut = answer.cut {
                correction.evidence = (correction.evidence ?? []) + cut
                known.next = correction
            }
        }
    }
}
