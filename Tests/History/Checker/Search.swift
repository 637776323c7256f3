import TestSupport

/// Looks for an order of the steps of one component that respects real time and explains each answer.
///
/// It goes through calls and answers as they came, from one state in which the service can be (`Place`) to the next, and
/// back to the last choice where no way leads on. A change is made no sooner than an answer needs it (Lowe, "Testing for
/// linearizability", 2017), so only what is under way multiplies states: until it is answered, whether and in which order
/// it took effect is open. An answer that a state explains is explained for good, so the first such state is enough. No
/// place is gone through twice, and none from which an answer that is still to come can't be reached.
struct Search {
    enum Verdict: Equatable {
        case explained
        case contradiction
        /// There are too many orders to try.
        case undecided
    }

    /// A state that the service can be in, and those of the steps under way that are explained.
    private struct Place: Hashable {
        /// The first that is not behind it.
        var event = 0
        var state = CustomerModel()
        /// Steps whose answer is explained, and erasures without an answer that took effect.
        var done: Set<Int> = []
        /// Those that changed something, and do so no more than once.
        var changed: Set<Int> = []
    }

    private let steps: [Step]
    /// All contacts that answers name, ascending.
    private let ids: [Int64]
    /// What came in the request that made a contact, as far as answers show it.
    private let rows: [Int64: CustomerModel.Contact]
    private let mostTries: Int
    /// Follows also what only an unanswered erasure, or one that took effect twice, can explain.
    private let isThorough: Bool
    private let hasErasures: Bool

    private let events: [Event]
    private var tried = 0

    static func run(_ steps: [Step], ids: [Int64], mostTries: Int) -> Verdict {
        // Nearly all is explained without; and what is, need not be searched again.
        for isThorough in [false, true] {
            var search = Search(steps, ids, mostTries, isThorough)
            let verdict = search.run()
            if verdict == .explained || isThorough || !search.hasErasures { return verdict }
        }
        return .undecided
    }

    private init(_ steps: [Step], _ ids: [Int64], _ mostTries: Int, _ isThorough: Bool) {
        (self.steps, self.ids, self.mostTries, self.isThorough) = (steps, ids, mostTries, isThorough)
        var rows: [Int64: CustomerModel.Contact] = [:]
        for step in steps {
            if case .status(.live(_, let more), _) = step.claim { rows.merge(more) { first, _ in first } }
        }
        self.rows = rows
        hasErasures = steps.contains(where: \.isErasure)
        events = Event.all(of: steps.map { ($0.called, $0.answered) })
    }

    private mutating func run() -> Verdict {
        Verdict(searchingFrom: Place(), to: events.count, of: \.event) { place in
            // What was called first is tried first.
            tried > mostTries ? nil : places(behind: place)
        }
    }

    private mutating func places(behind place: Place) -> [Place] {
        let event = events[place.event]
        var next = place
        next.event += 1
        if event.isCall { return [settled(next, [event.step])] }
        let isDone = next.done.remove(event.step) != nil
        next.changed.remove(event.step)
        if isDone && !mayBeLater(event, in: place) { return [next] }
        var open = place
        open.done.remove(event.step)
        let changes = changes(of: open, towards: event.step)
        tried += changes.count
        return isDone ? [next] + changes : changes
    }

    /// Those of the answers under way that the state explains, explained.
    private func settled(_ place: Place, _ answers: [Int]) -> Place {
        var place = place
        for number in answers where !place.done.contains(number) {
            let step = steps[number]
            if case .erase = step.effect, case .erased = step.claim { continue }
            if step.claim?.holds(in: place.state) == true { place.done.insert(number) }
        }
        return place
    }

    /// Whether the answers that are still to come can follow, as far as they are about a customer that has just changed.
    private func hasFuture(_ place: Place, of ids: [Int64]) -> Bool {
        events[place.event].ahead.allSatisfy {
            place.done.contains($0) || steps[$0].claim!.isPossible(after: ids, in: place.state)
        }
    }

    /// Whether a step whose answer is explained may still do something before it is answered: a row that was known, behind an
    /// erasure (also one under way, which else comes no sooner than its own answer); an erasure that found nobody.
    private func mayBeLater(_ event: Event, in place: Place) -> Bool {
        if mayEraseLater(event.step, in: place) { return true }
        guard case .known(let email, let phone) = steps[event.step].claim, !place.changed.contains(event.step) else {
            return false
        }
        if !place.state.knows(email, phone) { return true }
        let customer = place.state.lookUp(email, phone)[0]
        return event.underWay.contains { !place.done.contains($0) && canErase($0, customer) }
    }

    /// Whether an erasure is explained because it found nobody, and may yet find somebody, be sent again and find nobody.
    private func mayEraseLater(_ number: Int, in place: Place) -> Bool {
        guard isThorough, case .namesNobody = steps[number].claim else { return false }
        return place.done.contains(number) && !place.changed.contains(number)
    }

    /// What a step under way can make of a place, if it may lead to the explanation of an answer.
    private func changes(of place: Place, towards goal: Int) -> [Place] {
        let underWay = events[place.event].underWay
        let open = underWay.filter { !place.done.contains($0) }
        let erasures = underWay.filter {
            steps[$0].isErasure && (!place.done.contains($0) || mayEraseLater($0, in: place))
        }
        // Who says that one customer has changed and another has not may have to come before the other does.
        let goals = open.filter { $0 == goal || steps[$0].claim?.isAboutTwo == true }
        return underWay.flatMap { number -> [Place] in
            switch steps[number].effect {
            case .identify(let email, let phone):
                let changesOnce = changesOnce(number)
                if changesOnce && place.changed.contains(number) { return [] }
                return identified(email, phone, by: number, in: place.state).filter { state in
                    let customer = state.lookUp(email, phone)[0]
                    return goals.contains { steps[$0].claim!.leads(from: customer) }
                        || erasures.contains { canErase($0, customer) }
                }.map { state in
                    let changed = changesOnce ? place.changed.union([number]) : place.changed
                    return settled(
                        Place(event: place.event, state: state, done: place.done, changed: changed), underWay)
                }.filter { hasFuture($0, of: $0.state.lookUp(email, phone)[0].ids) }
            case .erase, .eraseContact:
                return erasures.contains(number) ? erased(by: number, in: place) : []
            case nil:
                return []
            }
        }
    }

    /// A request may do so again if its customer is erased meanwhile, and nginx sends it again; that is rare, and asked for
    /// last. One that is not answered could go on for ever.
    private func changesOnce(_ number: Int) -> Bool {
        hasErasures && (steps[number].isRow || steps[number].isUnanswered && !isThorough)
    }

    /// The states behind an observation: one for each id that its contact may have.
    private func identified(_ email: String?, _ phone: String?, by number: Int, in state: CustomerModel)
        -> [CustomerModel]
    {
        if state.knows(email, phone) { return [] }
        let owners = state.owners(email, phone)
        let primaries = Set([owners.email, owners.phone].compactMap(\.self))
        let newest = primaries.compactMap { state.customer(of: $0)!.ids.last }.max() ?? 0
        let floor = max(newest, steps[number].idFloor)
        let candidates = primaries.count == 2 ? [nil] : newIDs(above: floor, email, phone, in: state)
        return candidates.map { id in
            var next = state
            _ = next.identify(email, phone, newID: id)
            return next
        }
    }

    private func newIDs(above floor: Int64, _ email: String?, _ phone: String?, in state: CustomerModel) -> [Int64?] {
        let free = ids.filter { id in
            id > floor && state.contacts[id] == nil
                && rows[id].map { $0.email == email && $0.phone == phone } ?? true
        }
        // A contact that no answer names, as one that was erased by who got no answer.
        let isHidden = isThorough && steps.contains { $0.isErasure && $0.isUnanswered }
        let unnamed = max(floor, ids.last ?? 0, state.contacts.keys.max() ?? 0) + 1
        return isHidden ? free + [unnamed] : free
    }

    /// Whether an erasure may be what becomes of a customer.
    private func canErase(_ number: Int, _ customer: CustomerModel.Customer) -> Bool {
        let step = steps[number]
        if case .erased = step.claim, step.claim!.leads(from: customer) { return true }
        guard isThorough else { return false }
        switch step.effect {
        case .eraseContact(let id): return customer.ids.contains(id)
        case .erase(let email, let phone): return Step.Claim.known(email: email, phone: phone).leads(from: customer)
        case .identify, nil: return false
        }
    }

    private func erased(by number: Int, in place: Place) -> [Place] {
        let step = steps[number]
        let underWay = events[place.event].underWay
        var state = place.state
        var erasure = CustomerModel.Erasure.unknown
        switch step.effect {
        case .eraseContact(let id): erasure = state.erase(id)
        case .erase(let email, let phone): erasure = state.erase(email, phone)
        case .identify, nil: break
        }
        guard case .erased(let ids) = erasure, state != place.state else { return [] }
        // Those who meant the same customer, and found it before, are answered the same.
        let same = underWay.filter { other in
            guard case .erased(ids) = steps[other].claim else { return false }
            return Search.names(steps[other].effect, ids, in: place.state)
        }
        var next = Place(
            event: place.event, state: state, done: place.done.union(same), changed: place.changed)
        if step.isUnanswered {
            next.done.insert(number)
        } else if !same.contains(number) {
            guard isThorough && next.changed.insert(number).inserted else { return [] }
        }
        next = settled(next, underWay)
        return hasFuture(next, of: ids) ? [next] : []
    }

    private static func names(_ effect: Step.Effect?, _ ids: [Int64], in state: CustomerModel) -> Bool {
        switch effect {
        case .eraseContact(let id): ids.contains(id)
        case .erase(let email, let phone):
            state.knows(email, phone) && state.lookUp(email, phone).map(\.ids) == [ids]
        case .identify, nil: false
        }
    }
}

extension Search.Verdict {
    /// Goes from one place to the next until one is at the end of the events, and back to the last choice where no way leads on. No place is gone
    /// through twice.
    /// - Parameter places: Those behind a place, the first to be tried first; `nil` where enough were tried.
    init<Place: Hashable>(
        searchingFrom start: Place, to end: Int, of event: KeyPath<Place, Int>, _ places: (Place) -> [Place]?
    ) {
        var open = [start]
        var seen = Set(open)
        while let place = open.popLast() {
            if place[keyPath: event] == end {
                self = .explained
                return
            }
            guard let next = places(place) else {
                self = .undecided
                return
            }
            for place in next.reversed() where seen.insert(place).inserted { open.append(place) }
        }
        self = .contradiction
    }
}
