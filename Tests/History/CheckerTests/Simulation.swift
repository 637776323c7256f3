import HistoryChecker
import TestSupport

/// Calls of several clients, about eight identifiers (six, if they are corrected), on a service that is the model.
struct Simulation {
    private(set) var history: [Entry] = []
    private var model = CustomerModel()
    /// Of evidence that is no contact, its numbers.
    private var numbers: [CustomerModel.EvidenceID: Int64] = [:]
    private let isCorrected: Bool

    /// Where a client is: it has sent a call, the service has made the change, it has the answer.
    private struct UnderWay {
        var operation: Entry
        var isChanged = false
        var answer: Answer?
    }

    init(seed: UInt64, clients: Int, calls: Int, isCorrected: Bool = false) {
        self.isCorrected = isCorrected
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
                (mine.answer, model) = answer(mine.operation.call)
                for record in model.evidence.map(\.id) where numbers[record] == nil {
                    numbers[record] = Int64(1000 + numbers.count)
                }
                mine.isChanged = true
            } else if case .identify(let email, let phone) = mine.operation.call, mine.operation.answered == nil,
                Bool.random(using: &random), model.lookUp(email, phone).count == 1
            {
                // Read for the answer behind the change, if it is not erased or corrected meanwhile.
                let (answer, state) = answer(mine.operation.call)
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
        guard isCorrected else { return }
        // In the end all is looked up, and the feed is read.
        let last = model.contacts.keys.sorted().map { Call.contact(id: $0) } + [.changes(after: nil, isSettled: true)]
        for call in last {
            history.append(Entry(client: "0", call: call, called: time + 1, answered: time + 2, answer: answer(call).0))
            time += 2
        }
    }

    private func answer(_ call: Call) -> (Answer, CustomerModel) {
        var (given, state) = (CustomerModel.GivenIDs(), model)
        given.evidence = Dictionary(uniqueKeysWithValues: numbers.map { ($1, $0) })
        let answer = state.answer(call, given) { numbers[$0]! }
        return (answer, state)
    }

    private func call(_ random: inout SeededGenerator) -> Call {
        let identifiers = isCorrected ? 3 : 4
        let email = "e\(Int.random(in: 0..<identifiers, using: &random))"
        let phone = "1\(Int.random(in: 0..<identifiers, using: &random))"
        let id = model.contacts.keys.sorted().randomElement(using: &random)
        switch (Int.random(in: 0..<(isCorrected ? 28 : 20), using: &random), id) {
        case (20..<25, let id?): return .correct(correction(email, phone, id, &random))
        case (25..., _):
            guard let correction = shown(\.correctionIDs).randomElement(using: &random) else { return .undo(ids: [7]) }
            return .undo(ids: [correction])
        case (0..<4, _): return .lookup(email: email, phoneNumber: phone)
        case (4..<7, let id?): return .contact(id: id)
        case (7, let id?): return .eraseContact(id: id)
        case (8, _): return .erase(email: email, phoneNumber: nil)
        case (9..<11, _): return .identify(email: email, phoneNumber: nil)
        default: return .identify(email: email, phoneNumber: phone)
        }
    }

    /// Ids that answers have shown.
    private func shown(_ ids: (Entry) -> [Int64]) -> [Int64] { Set(history.flatMap(ids)).sorted() }

    private func correction(
        _ email: String, _ phone: String, _ contact: Int64, _ random: inout SeededGenerator
    ) -> Call.Correction {
        var correction = Call.Correction(kind: "unlink", email: email, phoneNumber: phone)
        switch Int.random(in: 0..<10, using: &random) {
        case 0..<2:
            guard let evidence = shown(\.evidenceIDs).randomElement(using: &random) else { break }
            correction = Call.Correction(kind: "unlink")
            correction.evidence = [evidence]
        case 2..<4:
            correction = Call.Correction(kind: "keep-apart")
            correction.contactIds = [contact, model.contacts.keys.sorted().randomElement(using: &random)!]
        case 4: correction = Call.Correction(kind: "disown", email: email)
        case 5: correction = Call.Correction(kind: "disown", phoneNumber: phone)
        case 6: correction = Call.Correction(kind: "trust", phoneNumber: phone)
        default: break
        }
        if Int.random(in: 0..<6, using: &random) == 0 { correction.dryRun = true }
        return correction
    }
}
