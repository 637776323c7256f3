import TestSupport

extension CustomerModel {
    /// In the words of `customers`.
    static func identifiers(_ email: String?, _ phone: String?) -> Set<String> {
        Set([email.map { "email \($0)" }, phone.map { "phone \($0)" }].compactMap(\.self))
    }

    /// Who has one of the identifiers.
    func customer(of identifiers: Set<String>) -> Set<String>? {
        customers.first { !$0.isDisjoint(with: identifiers) }
    }

    mutating func carryOut(_ request: Request) {
        switch request {
        case .identify(let email, let phone): observe(email: email, phone: phone)
        case .erase(let email, let phone): erase(email, phone)
        case .eraseContact(let email): erase(email, nil)
        case .importing(let rows): for row in rows { observe(email: row.0, phone: row.1) }
        }
    }
}

extension Request {
    /// Of whom it is about; of all of them, where it is an import.
    var identifiers: Set<String> {
        switch self {
        case .identify(let email, let phone), .erase(let email, let phone): CustomerModel.identifiers(email, phone)
        case .eraseContact(let email): CustomerModel.identifiers(email, nil)
        case .importing(let rows): rows.reduce([]) { $0.union(CustomerModel.identifiers($1.0, $1.1)) }
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
/// - `identify` answers whom it observed as he is at some moment from when it is carried out. Where he was erased before it
///   has its answer, it is carried out once more.
/// - `erase` finds out who is meant at some moment before it is carried out; who is erased by then is erased.
struct Explanation {
    let before: CustomerModel
    let calls: [Call]
    let after: Set<Set<String>>

    var isThere: Bool { isThere(behind: [], states: [before]) }

    /// - Parameters:
    ///   - done: What was carried out, in order.
    ///   - states: Before the first of them, and behind each.
    private func isThere(behind done: [Int], states: [CustomerModel]) -> Bool {
        let isExplained =
            states.last!.customers == after
            && calls.indices.allSatisfy { call in
                done.lastIndex(of: call).map { explains(calls[call], at: $0, states) } ?? false
            }
        if isExplained { return true }
        return calls.indices.contains { next in
            guard mayFollow(next, done) else { return false }
            var state = states.last!
            state.carryOut(calls[next].request)
            return isThere(behind: done + [next], states: states + [state])
        }
    }

    private func mayFollow(_ next: Int, _ done: [Int]) -> Bool {
        let (begin, end) = (calls[next].steps.lowerBound, calls[next].steps.upperBound)
        let comesTooEarly = calls.indices.contains { !done.contains($0) && calls[$0].steps.upperBound < begin }
        let comesTooLate = done.contains { calls[$0].steps.lowerBound > end }
        guard !comesTooEarly && !comesTooLate else { return false }
        guard let before = done.lastIndex(of: next) else { return true }
        return calls[next].request.isObservation && done[before...].contains { calls[$0].request.isErasure }
    }

    /// - Parameter place: Between which two of the states it was carried out, the last time.
    private func explains(_ call: Call, at place: Int, _ states: [CustomerModel]) -> Bool {
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

extension Request {
    fileprivate var isObservation: Bool { if case .identify = self { true } else { false } }

    fileprivate var isErasure: Bool {
        switch self {
        case .erase, .eraseContact: true
        case .identify, .importing: false
        }
    }
}
