import Identity

/// Customers as a single caller sees them: each request is carried out at one moment, and none beside it.
struct Customers {
    /// Each customer's identifiers, in the words of `CustomerModel`.
    private(set) var all: Set<Set<String>> = []

    static func identifiers(_ email: String?, _ phone: String?) -> Set<String> {
        Set([email.map { "email \($0)" }, phone.map { "phone \($0)" }].compactMap(\.self))
    }

    /// Who has one of the identifiers.
    func customer(of identifiers: Set<String>) -> Set<String>? {
        all.first { !$0.isDisjoint(with: identifiers) }
    }

    mutating func observe(_ email: String?, _ phone: String?) {
        let observed = Customers.identifiers(email, phone)
        let known = all.filter { !$0.isDisjoint(with: observed) }
        all.subtract(known)
        all.insert(known.reduce(observed) { $0.union($1) })
    }

    mutating func erase(_ identifiers: Set<String>) {
        if let customer = customer(of: identifiers) { all.remove(customer) }
    }

    mutating func carryOut(_ request: Request) {
        switch request {
        case .identify(let email, let phone): observe(email, phone)
        case .erase, .eraseContact: erase(request.identifiers)
        case .importing(let rows): for (email, phone) in rows { observe(email, phone) }
        }
    }
}

extension Request {
    /// Of whom it is about; of all of them, where it is an import.
    var identifiers: Set<String> {
        switch self {
        case .identify(let email, let phone), .erase(let email, let phone): Customers.identifiers(email, phone)
        case .eraseContact(let email): Customers.identifiers(email, nil)
        case .importing(let rows): rows.reduce([]) { $0.union(Customers.identifiers($1.0, $1.1)) }
        }
    }
}

/// A request with what came of it.
struct Call {
    let request: Request
    let answer: Answer
    /// The number of its first step, and of its last.
    let steps: ClosedRange<Int>
}

/// Whether the requests could have been carried out one after the other.
///
/// - A request that ended before another began comes before it.
/// - `identify` answers whom it observed as he is at some moment from when it is carried out.
/// - `erase` finds out who is meant at some moment before it is carried out; who is erased by then is erased.
struct Explanation {
    let before: Customers
    let calls: [Call]
    let after: Set<Set<String>>

    var isThere: Bool { isThere(behind: [], states: [before]) }

    private func isThere(behind done: [Int], states: [Customers]) -> Bool {
        if done.count == calls.count {
            return states.last!.all == after
                && done.enumerated().allSatisfy { place, call in explains(calls[call], at: place, states) }
        }
        return calls.indices.contains { next in
            let waits = calls.indices.contains { other in
                !done.contains(other) && calls[other].steps.upperBound < calls[next].steps.lowerBound
            }
            if done.contains(next) || waits { return false }
            var state = states.last!
            state.carryOut(calls[next].request)
            return isThere(behind: done + [next], states: states + [state])
        }
    }

    /// - Parameter states: Before the first call, and behind each: `call` is between `place` and the next.
    private func explains(_ call: Call, at place: Int, _ states: [Customers]) -> Bool {
        let identifiers = call.request.identifiers
        switch call.answer {
        case .customer(_, let answered):
            return identifiers.isSubset(of: answered)
                && states[(place + 1)...].contains { $0.customer(of: identifiers) == answered }
        case .erased:
            return states[...place].contains { $0.customer(of: identifiers) != nil }
        case .nobody:
            return states[place].customer(of: identifiers) == nil
        case .imported:
            return true
        case .failure:
            return false
        }
    }
}
