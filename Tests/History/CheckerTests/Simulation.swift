import HistoryChecker
import TestSupport

/// Calls of several clients, about eight identifiers, on a service that is the model.
struct Simulation {
    private(set) var history: [Entry] = []
    private var model = CustomerModel()

    /// Where a client is: it has sent a call, the service has made the change, it has the answer.
    private struct UnderWay {
        var operation: Entry
        var isChanged = false
        var answer: Answer?
    }

    init(seed: UInt64, clients: Int, calls: Int) {
        var random = SeededGenerator(seed: seed)
        var underWay = [UnderWay?](repeating: nil, count: clients)
        var time: Int64 = 0
        while history.count < calls {
            time += 1
            let client = Int.random(in: 0..<clients, using: &random)
            guard var mine = underWay[client] else {
                underWay[client] = UnderWay(
                    operation: Entry(client: "\(client)", call: call(&random), called: time))
                continue
            }
            if !mine.isChanged {
                mine.answer = model.answer(mine.operation.call)
                mine.isChanged = true
            } else if case .identify(let email, let phone) = mine.operation.call, mine.operation.answered == nil,
                Bool.random(using: &random), model.lookUp(email, phone).count == 1
            {
                // Read for the answer behind the change, if it is not erased meanwhile.
                var state = model
                let answer = state.answer(mine.operation.call)
                if state == model { mine.answer = answer }
                mine.operation.answered = time
            } else {
                mine.operation.answered = time
            }
            if mine.operation.answered != nil {
                mine.operation.answer = mine.answer
                history.append(mine.operation)
                underWay[client] = nil
            } else {
                underWay[client] = mine
            }
        }
        // Sent, and perhaps done: never answered.
        history += underWay.compactMap { $0?.operation }
    }

    private func call(_ random: inout SeededGenerator) -> Call {
        let email = "e\(Int.random(in: 0..<4, using: &random))"
        let phone = "1\(Int.random(in: 0..<4, using: &random))"
        let id = model.contacts.keys.sorted().randomElement(using: &random)
        switch (Int.random(in: 0..<20, using: &random), id) {
        case (0..<4, _): return .lookup(email: email, phoneNumber: phone)
        case (4..<7, let id?): return .contact(id: id)
        case (7, let id?): return .eraseContact(id: id)
        case (8, _): return .erase(email: email, phoneNumber: nil)
        case (9..<11, _): return .identify(email: email, phoneNumber: nil)
        default: return .identify(email: email, phoneNumber: phone)
        }
    }
}
