import Identity
import TestSupport

/// What of a database, or of the model, is compared: in the words of `CustomerModel`.
struct Stored: Equatable {
    let customers: Set<Set<String>>
    let disowned: Set<String>
    /// The pairs that are kept apart.
    let apart: Set<Set<String>>
}

extension CustomerModel {
    var stored: Stored {
        let standing = corrections.values.filter(\.stands)
        return Stored(
            customers: customers,
            disowned: Set(standing.filter { $0.kind == .disown }.compactMap { $0.identifier?.text }),
            apart: Set(standing.flatMap { $0.apart.map { Set($0.ends.map(\.text)) } }))
    }

    /// The oldest contact with an e-mail.
    func contact(ofEmail email: String) -> ID { contacts.filter { $1.email == email }.keys.min()! }

    private func leaves(_ observation: Observed) -> Exclusions {
        let reasons = leftOut(observation.email, observation.phone)
        return [.email: reasons.email, .phoneNumber: reasons.phone].compactMapValues(\.self)
    }

    fileprivate typealias Observed = (email: String?, phone: String?)

    fileprivate static func rest(of observed: Observed, without leftOut: Exclusions) -> Observed {
        (
            leftOut[.email] == nil ? observed.email : nil, leftOut[.phoneNumber] == nil ? observed.phone : nil
        )
    }

    /// What an observation may make of the last of these states, and whether that is what it left out.
    ///
    /// What it left out, it may have left out at a moment before; but then the rest of it is new.
    fileprivate static func observe(
        _ observed: Observed, leavingOut leftOut: Exclusions, in states: [CustomerModel]
    ) -> [Explanation.Effect] {
        let now = states.last!
        var next = now
        next.observe(email: observed.email, phone: observed.phone)
        var effects = [Explanation.Effect(state: next, explains: now.leaves(observed) == leftOut)]
        let rest = rest(of: observed, without: leftOut)
        if !leftOut.isEmpty, now.owners(rest.email, rest.phone) == (nil, nil),
            states.contains(where: { $0.leaves(observed) == leftOut })
        {
            next = now
            next.observe(email: rest.email, phone: rest.phone)
            effects.append(Explanation.Effect(state: next, explains: true))
        }
        return effects
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
/// - `identify` answers whom it observed as he is at some moment from when it is carried out. Where he was erased or corrected before
///   it has its answer, it is carried out once more.
/// - One whose answer was lost may be carried out twice.
/// - `erase` finds out who is meant at some moment before it is carried out; who is erased by then is erased.
struct Explanation {
    let before: CustomerModel
    let names: Names
    let calls: [Call]
    let isAnswerLost: Bool
    let after: Stored

    /// What a request may do at its place.
    struct Effect {
        let state: CustomerModel
        /// Whether that is what it answered.
        let explains: Bool
    }

    /// A request in its place.
    private struct Place {
        let call: Int
        let explains: Bool
    }

    var isThere: Bool { isThere(behind: [], states: [before]) }

    /// - Parameters:
    ///   - done: What was carried out, in order.
    ///   - states: Before the first of them, and behind each.
    private func isThere(behind done: [Place], states: [CustomerModel]) -> Bool {
        let isExplained =
            states.last!.stored == after
            && calls.indices.allSatisfy { call in
                guard let place = done.lastIndex(where: { $0.call == call }) else { return false }
                return done[place].explains && explainsCustomer(calls[call], behind: states[(place + 1)...])
            }
        if isExplained { return true }
        return calls.indices.contains { next in
            mayFollow(next, done)
                && effects(of: calls[next], in: states).contains { effect in
                    isThere(
                        behind: done + [Place(call: next, explains: effect.explains)], states: states + [effect.state])
                }
        }
    }

    private func mayFollow(_ next: Int, _ done: [Place]) -> Bool {
        let (begin, end) = (calls[next].steps.lowerBound, calls[next].steps.upperBound)
        let comesTooEarly = calls.indices.contains { call in
            calls[call].steps.upperBound < begin && !done.contains { $0.call == call }
        }
        let comesTooLate = done.contains { calls[$0.call].steps.lowerBound > end }
        guard !comesTooEarly && !comesTooLate else { return false }
        guard let before = done.lastIndex(where: { $0.call == next }) else { return true }
        if isAnswerLost { return done.count { $0.call == next } == 1 }
        return calls[next].request.isObservation
            && done[before...].map { calls[$0.call].request }.contains { $0.isErasure || $0.isCorrection }
    }

    /// The customer is answered as at a moment behind the change.
    private func explainsCustomer(_ call: Call, behind states: ArraySlice<CustomerModel>) -> Bool {
        guard case .identify(let email, let phone) = call.request, case .identified(let answer) = call.answer else {
            return true
        }
        let rest = CustomerModel.rest(of: (email, phone), without: answer.leftOut)
        let named = Set(CustomerModel.Identifier.all(rest.email, rest.phone).map(\.text))
        return named.isSubset(of: answer.customer)
            && (named.isEmpty || states.contains { $0.customers.contains(answer.customer) })
    }

    private func effects(of call: Call, in states: [CustomerModel]) -> [Effect] {
        var state = states.last!
        switch (call.request, call.answer) {
        case (.identify(let email, let phone), .identified(let answer)):
            let effects = CustomerModel.observe((email, phone), leavingOut: answer.leftOut, in: states)
            let owners = state.owners(email, phone)
            let mayChangeNothing = answer.lacksEvidence && owners.email != nil && owners.email == owners.phone
            return effects + (mayChangeNothing ? [Effect(state: state, explains: true)] : [])
        case (.importing(let rows), .imported(let leftOut)):
            return zip(rows, leftOut).reduce([Effect(state: state, explains: true)]) { effects, row in
                effects.flatMap { effect in
                    CustomerModel.observe(row.0, leavingOut: row.1, in: states + [effect.state]).filter(\.explains)
                }
            }
        case (.erase(let email, let phone), let answer):
            switch (state.erase(email, phone), answer) {
            case (.erased, .erased), (.unknown, .refused(.unknown)), (.ambiguous, .refused(.ambiguous)):
                return [Effect(state: state, explains: true)]
            case (_, .erased):
                let wasMeant = states.contains { before in
                    var before = before
                    if case .erased = before.erase(email, phone) { return true }
                    return false
                }
                return [Effect(state: states.last!, explains: wasMeant)]
            default:
                return []
            }
        case (.eraseContact(let email), .erased):
            state.erase(names.contacts[email]!)
            return [Effect(state: state, explains: true)]
        case (.undo(let numbers), let answer):
            let undoing = state.undo(Set(numbers.map { names.corrections[$0] }))
            return state.effects(of: undoing.outcome, answer)
        case (let request, let answer):
            guard let claim = request.claim(names) else { return [] }
            let verdict = state.correct(claim)
            return state.effects(of: verdict.outcome, answer)
        }
    }
}

// MARK: - Corrections in the model

extension Request {
    /// - Parameter names: In the model.
    fileprivate func claim(_ names: Names) -> CustomerModel.Claim? {
        switch self {
        case .unlink(let email, let phone): .unlink(.init(.email(email), .phone(phone)))
        case .keepApart(let one, let other): .keepApart(names.contacts[one]!, names.contacts[other]!)
        case .disown(let email, let phone): .disown(CustomerModel.Identifier.all(email, phone)[0])
        default: nil
        }
    }
}

extension CustomerModel {
    fileprivate typealias Outcome = Result<[Customer], Answer.Refusal>

    /// Others may be answered besides, if that is how they are.
    fileprivate func effects(of outcome: Outcome, _ answer: Answer) -> [Explanation.Effect] {
        switch (outcome, answer) {
        case (.success(let customers), .corrected(let answered)):
            let named = customers.map { Set(Identifier.all(of: $0).map(\.text)) }.filter { !$0.isEmpty }
            let explains = answered.isSuperset(of: named) && answered.isSubset(of: self.customers)
            return [Explanation.Effect(state: self, explains: explains)]
        case (.failure(let refusal), .refused(let answered)):
            return refusal == answered ? [Explanation.Effect(state: self, explains: true)] : []
        default:
            return []
        }
    }

    /// Carries out what the scenario has done before.
    mutating func prepare(_ request: Request, _ names: Names) -> ID {
        guard case .done(let id, _) = correct(request.claim(names)!) else { preconditionFailure("\(request)") }
        return id
    }
}

extension CustomerModel.Identifier {
    fileprivate static func all(of customer: CustomerModel.Customer) -> [CustomerModel.Identifier] {
        customer.emails.map(Self.email) + customer.phones.map(Self.phone)
    }
}

extension CustomerModel.Verdict {
    fileprivate var outcome: CustomerModel.Outcome {
        switch self {
        case .done(_, let customers): .success(customers)
        case .unknown: .failure(.unknown)
        case .erased: .failure(.erased)
        case .doesNotApply: .failure(.doesNotApply)
        case .stillConnected: .failure(.stillConnected)
        case .tooLarge: preconditionFailure("no scenario is as large")
        }
    }
}

extension CustomerModel.Undoing {
    fileprivate var outcome: CustomerModel.Outcome {
        switch self {
        case .done(let customers): .success(customers)
        case .unknown: .failure(.unknown)
        case .erased: .failure(.erased)
        case .keptApart: .failure(.keptApart)
        case .tooLarge: preconditionFailure("no scenario is as large")
        }
    }
}
