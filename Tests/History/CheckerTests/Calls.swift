import HistoryChecker
import TestSupport

/// Operations as a test writes them: when, what, and the shapes of the customers that came back ("1: a | 10 | 2").

func identify(_ email: String?, _ phone: String?, at time: ClosedRange<Int64>, _ shape: String) -> Entry {
    answered(.identify(email: email, phoneNumber: phone), at: time) { $0.contact = contact(shape) }
}

func lookup(_ email: String?, _ phone: String?, at time: ClosedRange<Int64>, _ shapes: String...) -> Entry {
    answered(.lookup(email: email, phoneNumber: phone), at: time) { $0.contacts = shapes.map(contact) }
}

func erase(_ id: Int64, at time: ClosedRange<Int64>, _ ids: [Int64]) -> Entry {
    answered(.eraseContact(id: id), at: time) { $0.erasedContactIds = ids }
}

/// - Parameter merges: Pairs of primary and absorbed.
func feed(
    at time: ClosedRange<Int64>, after: String? = nil, _ merges: [(Int64, Int64)], next: String = "end",
    isSettled: Bool = true
) -> Entry {
    answered(.changes(after: after, isSettled: isSettled), at: time) { answer in
        answer.changes = merges.map { Answer.Change(CustomerModel.Merge(primary: $0, absorbed: $1)) }
        answer.next = next
    }
}

func row(_ email: String?, _ phone: String?, at time: ClosedRange<Int64>) -> Entry {
    Entry(
        client: "import", call: .row(email: email, phoneNumber: phone), called: time.lowerBound,
        answered: time.upperBound)
}

func unanswered(_ call: Call, at time: Int64) -> Entry {
    Entry(client: "0", call: call, called: time)
}

func answered(
    _ call: Call, at time: ClosedRange<Int64>, status: Int = 200, _ fill: (inout Answer) -> Void = { _ in }
) -> Entry {
    var answer = Answer(status: status)
    fill(&answer)
    return Entry(client: "1", call: call, called: time.lowerBound, answered: time.upperBound, answer: answer)
}

private func contact(_ shape: String) -> Answer.Contact {
    let parts = shape.split(separator: ":", maxSplits: 1)
    let lists = parts[1].split(separator: "|", omittingEmptySubsequences: false).map { list in
        list.split(whereSeparator: { $0 == "," || $0 == " " }).map(String.init)
    }
    return Answer.Contact(
        CustomerModel.Customer(
            primary: Int64(parts[0])!, emails: lists[0], phones: lists[1], secondaries: lists[2].map { Int64($0)! }))
}

extension CustomerModel {
    /// What a service answers that is in this state, and is in another then.
    mutating func answer(_ call: Call) -> Answer {
        var answer = Answer(status: 200)
        switch call {
        case .identify(let email, let phone), .row(let email, let phone):
            answer.contact = identify(email, phone).customer.map(Answer.Contact.init)
        case .lookup(let email, let phone):
            answer.contacts = lookUp(email, phone).map(Answer.Contact.init)
        case .contact(let id):
            switch status(of: id) {
            case .live(let customer, let rows):
                answer.contact = Answer.Contact(customer)
                answer.rows = rows.map { Answer.Row(id: $0, $1) }
            case .erased: answer.status = 410
            case .unknown: answer.status = 404
            }
        case .eraseContact(let id): take(erase(id), &answer)
        case .erase(let email, let phone): take(erase(email, phone), &answer)
        case .changes:
            answer.changes = merges.map(Answer.Change.init)
        }
        return answer
    }

    private func take(_ erasure: Erasure, _ answer: inout Answer) {
        switch erasure {
        case .erased(let ids): answer.erasedContactIds = ids
        case .unknown: answer.status = 404
        case .ambiguous, .tooLarge: answer.status = 409
        }
    }
}
