import TestSupport

/// Looks for an order of the operations on customers that were corrected, as `Search` does on others: through calls and
/// answers as they came, with no change sooner than an answer needs it.
///
/// Corrections part customers, so a state says little about those to come, and nothing is left out for it. What keeps the search small is what
/// answers name: contacts, evidence and corrections by their ids, with what is in them, and the order of changes that the feed tells.
/// At first nothing happens that none of these shows, and each operation takes effect once. Only the second, thorough, pass says
/// that there is a contradiction.
struct CorrectedSearch {
    private struct Place: Hashable {
        /// The first that is not behind it.
        var event = 0
        var state = CustomerModel()
        /// Steps whose answer is explained.
        var done: Set<Int> = []
        /// How often each step under way has changed something.
        var acts: [Int: Int] = [:]
    }

    /// What an operation may make of a state.
    private struct Effect {
        let state: CustomerModel
        /// Whether that is what it answered.
        let explains: Bool
    }

    private let operations: [Entry]
    private let idFloors: [Int64]
    /// They are the steps behind the operations.
    private let pages: [Component.Page]
    /// What pages show, in order.
    private let told: [CustomerModel.Change]
    private let shown: Shown
    private let mostTries: Int
    private let isThorough: Bool
    private let events: [Event]
    private var tried = 0

    static func run(_ component: Component, mostTries: Int) -> Search.Verdict {
        for isThorough in [false, true] {
            var search = CorrectedSearch(component, mostTries, isThorough)
            let verdict = search.run()
            if verdict == .explained || isThorough { return verdict }
        }
        return .undecided
    }

    private init(_ component: Component, _ mostTries: Int, _ isThorough: Bool) {
        (operations, idFloors, pages) = (component.operations, component.idFloors, component.pages)
        (self.mostTries, self.isThorough) = (mostTries, isThorough)
        told = Array(component.changes.prefix(pages.map(\.range.upperBound).max() ?? 0))
        shown = Shown(component)
        let steps = operations + pages.map(\.operation)
        events = Event.all(of: steps.map { ($0.called, $0.answered ?? .max) })
    }

    private mutating func run() -> Search.Verdict {
        Search.Verdict(searchingFrom: Place(), to: events.count, of: \.event) { place in
            tried > mostTries ? nil : places(behind: place)
        }
    }

    /// The most likely first.
    private mutating func places(behind place: Place) -> [Place] {
        let event = events[place.event]
        var next = place
        next.event += 1
        if event.isCall { return [settled(next, [event.step])] }
        next.acts[event.step] = nil
        if next.done.remove(event.step) != nil {
            // What came together is written down behind the read for the answer.
            let late = moves(of: event.step, in: place, event.underWay)
            tried += late.count
            return late + [next]
        }
        // Its own change is more likely than that of another, and that of one without an answer the least so.
        let others = event.underWay.filter { $0 != event.step }
        let isAnswered = { [operations] (step: Int) in step >= operations.count || operations[step].answered != nil }
        let changes = ([event.step] + others.filter(isAnswered) + others.filter { !isAnswered($0) })
            .flatMap { moves(of: $0, in: place, event.underWay) }
        tried += changes.count
        return changes
    }

    /// With those of the answers under way explained that the state explains.
    private func settled(_ place: Place, _ steps: [Int]) -> Place {
        var place = place
        for step in steps where !place.done.contains(step) {
            if isExplained(step, in: place) { place.done.insert(step) }
        }
        return place
    }

    // MARK: - What an answer says

    /// Whether the answer is that of an operation which changes nothing in this state, or has changed it before.
    private func isExplained(_ step: Int, in place: Place) -> Bool {
        let state = place.state
        guard step < operations.count else {
            let page = pages[step - operations.count]
            let ends = ends(of: state) ?? []
            return ends.contains(page.range.upperBound) && (!page.isAll || ends.last == page.range.upperBound)
        }
        let operation = operations[step]
        guard operation.answered != nil else { return false }
        switch operation.call {
        case .identify(let email, let phone):
            let leftOut = CorrectedSearch.reasons(state.leftOut(email, phone))
            guard let answer = operation.answer, answer.status == 200 else {
                return operation.answer?.status == 422 && state.rest(of: (email, phone)) == (nil, nil)
            }
            let rest = answer.rest(of: (email, phone))
            // Why something was left out, it found before it changed what else there was.
            return (place.acts[step] != nil || (answer.ignored ?? []) == leftOut)
                && state.knows(rest.email, rest.phone)
                && state.lookUp(rest.email, rest.phone) == answer.contact.map { [$0.customer] }
        case .row(let email, let phone):
            let rest = state.rest(of: (email, phone))
            return place.acts[step] != nil || state.knows(rest.email, rest.phone)
        case .lookup, .contact, .eraseContact, .erase, .correct, .undo:
            return effects(of: step, in: state).contains { $0.explains && $0.state == state }
        case .changes:
            return true
        }
    }

    /// The places in the feed at which a transaction of this state ends; `nil` if the feed does not tell of them in this order.
    private func ends(of state: CustomerModel) -> [Int]? {
        var ends = [0]
        for transaction in state.feed {
            let slice = told.dropFirst(ends.last!).prefix(transaction.count)
            guard slice.allSatisfy(transaction.contains) else { return nil }
            ends.append(ends.last! + transaction.count)
        }
        return ends
    }

    // MARK: - What an operation changes

    /// What a step under way can make of a place.
    private func moves(of step: Int, in place: Place, _ underWay: [Int]) -> [Place] {
        guard step < operations.count, place.acts[step, default: 0] < (isThorough ? 3 : 1) else { return [] }
        let operation = operations[step]
        var next = place
        next.acts[step, default: 0] += 1
        let effects: [Effect]
        switch operation.call {
        case .lookup, .contact, .changes: return []
        case .identify(let email, let phone):
            let isAnswered = place.done.contains(step)
            effects = observed((email, phone), by: step, in: place.state).filter { effect in
                // Behind the read for its answer, it changes nobody.
                !isAnswered || effect.state.contacts == place.state.contacts
            }
        case .row(let email, let phone):
            effects = observed((email, phone), by: step, in: place.state)
        case .eraseContact, .erase, .correct, .undo:
            if place.done.contains(step) { return [] }
            // One that was sent again may have had another answer at first.
            effects = self.effects(of: step, in: place.state).filter {
                $0.explains || isThorough || operation.answered == nil
            }
        }
        return effects.filter { $0.state != place.state && ends(of: $0.state) != nil }.map { effect in
            next.state = effect.state
            next.done = place.done
            if effect.explains { next.done.insert(step) }
            next.done.formUnion(same(as: step, in: place, effect, underWay))
            return settled(next, underWay)
        }
    }

    /// Erasures by identifiers that meant whom this one erases, and are answered the same.
    private func same(as step: Int, in place: Place, _ effect: Effect, _ underWay: [Int]) -> [Int] {
        switch operations[step].call {
        case .eraseContact, .erase: break
        default: return []
        }
        return underWay.filter { other in
            guard other < operations.count, other != step, case .erase = operations[other].call else { return false }
            return effects(of: other, in: place.state).contains { $0.explains && $0.state == effect.state }
        }
    }

    /// What an observation makes of a state: one for each id that its contact may have.
    private func observed(
        _ observed: (email: String?, phone: String?), by step: Int, in state: CustomerModel
    ) -> [Effect] {
        let now = state.rest(of: observed)
        var rests = [now]
        // What it left out, it may have left out at a moment before; but then the rest of it is new.
        let email = (email: observed.email, phone: nil as String?)
        let before = operations[step].answer?.rest(of: observed) ?? (isThorough ? email : now)
        if before != now && before != (nil, nil) && state.owners(before.email, before.phone) == (nil, nil) {
            rests.append(before)
        }
        return rests.flatMap { rest -> [CustomerModel] in
            if rest == (nil, nil) { return [] }
            let (email, phone) = rest
            var next = state
            _ = next.identify(email, phone)
            if next.contacts == state.contacts { return isShown(next, behind: state) ? [next] : [] }
            if next.contacts.count == state.contacts.count { return [next] }
            return freeIDs(for: step, in: state).compactMap { id in
                var next = state
                _ = next.identify(email, phone, newID: id)
                return allows([id], in: next) ? next : nil
            }
        }.map { Effect(state: $0, explains: false) }
    }

    /// Whether evidence that is new there was ever seen.
    private func isShown(_ next: CustomerModel, behind state: CustomerModel) -> Bool {
        if isThorough { return true }
        return Set(next.evidence).subtracting(state.evidence).allSatisfy { evidence in
            guard case .record(let pair, let number) = evidence.id else { return true }
            return number < shown.records[pair, default: 0]
        }
    }

    /// What becomes of a state by an erasure or a correction, one for each way in which it may give out ids.
    private func effects(of step: Int, in state: CustomerModel) -> [Effect] {
        let operation = operations[step]
        return given(operation, in: state).flatMap { given -> [Effect] in
            var next = state
            var answer = next.answer(operation.call, given)
            let made = next.contacts.count - state.contacts.count
            if made == 0 {
                return [Effect(state: next, explains: operation.isAnswered(answer, in: next))]
            }
            return CorrectedSearch.choices(of: made, from: freeIDs(for: step, in: state)[...]).compactMap { ids in
                var (given, next) = (given, state)
                given.contacts = ids
                answer = next.answer(operation.call, given)
                guard allows(ids, in: next) else { return nil }
                return Effect(state: next, explains: operation.isAnswered(answer, in: next))
            }
        }
    }

    /// The evidence that it may mean by its numbers, and the ids that its correction may have.
    private func given(_ operation: Entry, in state: CustomerModel) -> [CustomerModel.GivenIDs] {
        guard case .correct(let correction) = operation.call else { return [CustomerModel.GivenIDs()] }
        var all = [CustomerModel.GivenIDs()]
        for number in correction.evidence ?? [] where state.contacts[number] == nil {
            let records = state.evidence.map(\.id).filter { id in
                guard case .record(let pair, _) = id else { return false }
                return shown.pairs[number].map { $0 == pair } ?? true
            }
            if records.isEmpty { continue }
            all = all.flatMap { given in
                records.map { record in
                    var given = given
                    given.evidence[number] = record
                    return given
                }
            }
        }
        let unnamed = max(shown.corrections.keys.max() ?? 0, state.corrections.keys.max() ?? 0) + 1
        let free = shown.corrections.keys.filter { state.corrections[$0] == nil }.sorted()
        let ids: [Int64] =
            switch operation.answer?.correction?.id ?? 0 {
            case let id where id > 0: isThorough ? [id] + free + [unnamed] : [id]
            case _ where operation.answered != nil: isThorough ? free + [unnamed] : [unnamed]
            default: isThorough ? free + [unnamed] : free
            }
        return all.flatMap { given in
            ids.compactMap { id in
                var (given, next) = (given, state)
                given.correction = id
                let correction = next.answer(operation.call, given).correction
                let isTaken = state.corrections[id] != nil && next != state
                return isTaken || correction.map(shown.allows) == false ? nil : given
            }
        }
    }

    /// The ids that contacts may have that a step makes.
    private func freeIDs(for step: Int, in state: CustomerModel) -> [Int64] {
        let free = shown.ids.filter { $0 > idFloors[step] && state.contacts[$0] == nil }
        // And those that no answer names.
        let last = max(idFloors[step], shown.ids.last ?? 0, state.contacts.keys.max() ?? 0)
        return isThorough ? free + [last + 1, last + 2] : free
    }

    /// Whether contacts that are new in a state may have these ids: above those of all whom they join.
    private func allows(_ ids: [Int64], in state: CustomerModel) -> Bool {
        ids.allSatisfy { id in
            let contact = state.contacts[id]!
            let others = state.contacts.filter { $1.primary == contact.primary && !ids.contains($0) }.keys
            return others.allSatisfy { $0 < id } && shown.allows(contact, as: id)
        }
    }
}

extension CorrectedSearch {
    private static func reasons(
        _ leftOut: (email: CustomerModel.Reason?, phone: CustomerModel.Reason?)
    ) -> [Answer.Ignored] {
        [("email", leftOut.email), ("phoneNumber", leftOut.phone)].compactMap { field, reason in
            reason.map { Answer.Ignored(field: field, reason: $0.text) }
        }
    }

    /// All parts of a list of so many elements, each in its order.
    private static func choices<Element>(of count: Int, from list: ArraySlice<Element>) -> [[Element]] {
        guard count > 0 else { return [[]] }
        return list.indices.flatMap { index in
            choices(of: count - 1, from: list[(index + 1)...]).map { [list[index]] + $0 }
        }
    }
}
