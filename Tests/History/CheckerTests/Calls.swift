import HistoryChecker
import TestSupport
import Testing

/// Operations as a test writes them: when, what, and the shapes of the customers that came back ("1: a | 10 | 2").

func expectGood(_ history: [Entry]) {
    let report = Report(checking: history)
    #expect(report.isGood, "\(report) \(report.contradictions.map(\.description))")
}

func identify(_ email: String?, _ phone: String?, at time: ClosedRange<Int64>, _ shape: String) -> Entry {
    answered(.identify(email: email, phoneNumber: phone), at: time) { $0.contact = contact(shape) }
}

func identify(
    _ email: String?, _ phone: String?, at time: ClosedRange<Int64>, _ shape: String, without field: String,
    _ reason: String
) -> Entry {
    answered(.identify(email: email, phoneNumber: phone), at: time) { answer in
        answer.contact = contact(shape)
        answer.ignored = [Answer.Ignored(field: field, reason: reason)]
    }
}

func lookup(_ email: String?, _ phone: String?, at time: ClosedRange<Int64>, _ shapes: String...) -> Entry {
    answered(.lookup(email: email, phoneNumber: phone), at: time) { $0.contacts = shapes.map(contact) }
}

func erase(_ id: Int64, at time: ClosedRange<Int64>, _ ids: [Int64]) -> Entry {
    answered(.eraseContact(id: id), at: time) { $0.erasedContactIds = ids }
}

func unlink(_ email: String, _ phone: String, isDry: Bool = false) -> Call.Correction {
    var correction = Call.Correction(kind: "unlink", email: email, phoneNumber: phone)
    if isDry { correction.dryRun = true }
    return correction
}

/// - Parameter apart: Pairs of e-mail and phone.
func correct(
    _ correction: Call.Correction, at time: ClosedRange<Int64>, _ id: Int64, _ shapes: String...,
    apart: [(String, String)] = []
) -> Entry {
    answered(.correct(correction), at: time) { answer in
        answer.correction = Answer.Correction(
            id: id, kind: correction.kind, email: apart.isEmpty ? correction.email : nil,
            phoneNumber: apart.isEmpty ? correction.phoneNumber : nil, apart: apart.map(pair), erased: false)
        answer.contacts = shapes.map(contact)
    }
}

/// Of an unlink.
func undo(_ id: Int64, at time: ClosedRange<Int64>, _ shapes: String..., apart: [(String, String)]) -> Entry {
    answered(.undo(ids: [id]), at: time) { answer in
        answer.corrections = [
            Answer.Correction(id: id, kind: "unlink", apart: apart.map(pair), undoneAt: "now", erased: false)
        ]
        answer.contacts = shapes.map(contact)
    }
}

private func pair(_ email: String, _ phone: String) -> Answer.Pair {
    Answer.Pair(one: Answer.Identifier(email: email), other: Answer.Identifier(phoneNumber: phone))
}

/// - Parameter evidence: Of rows that are evidence, and none that a correction lists or keeps apart.
func status(
    _ id: Int64, at time: ClosedRange<Int64>, _ shape: String, rows: [(id: Int64, email: String, phone: String)],
    evidence: [Int64]
) -> Entry {
    answered(.contact(id: id), at: time) { answer in
        let customer = contact(shape)
        answer.contact = customer
        answer.rows = rows.map { row in
            Answer.Row(
                id: row.id,
                CustomerModel.Contact(email: row.email, phone: row.phone, primary: customer.primaryContactId))
        }
        answer.evidence = rows.filter { evidence.contains($0.id) }.map {
            Answer.Evidence(id: $0.id, email: $0.email, phoneNumber: $0.phone, withdrawn: false)
        }
        answer.corrections = []
    }
}

func feed(at time: ClosedRange<Int64>, changes: [CustomerModel.Change]) -> Entry {
    answered(.changes(after: nil, isSettled: true), at: time) { answer in
        answer.changes = changes.map(Answer.Change.init)
        answer.next = "end"
    }
}

/// - Parameter merges: Pairs of primary and absorbed.
func feed(
    at time: ClosedRange<Int64>, after: String? = nil, _ merges: [(Int64, Int64)], next: String = "end",
    isSettled: Bool = true
) -> Entry {
    answered(.changes(after: after, isSettled: isSettled), at: time) { answer in
        answer.changes = merges.map { Answer.Change(.merged(CustomerModel.Merge(primary: $0, absorbed: $1))) }
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
