import Foundation
import HistoryChecker
import TestSupport

/// Calls the service, and says what came back and when.
struct Client: Sendable {
    let name: String
    let port: Int

    /// In nanoseconds; not of the time of day.
    static func now() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }

    func send(_ call: Call) -> Entry {
        var operation = Entry(client: name, call: call, called: Client.now())
        guard let answer = try? ask(call) else { return operation }
        switch answer.status {
        case 429, 500...: break  // It may have been done, or be still.
        default:
            operation.answered = Client.now()
            let read = try? Answer(status: answer.status, body: Data(answer.body.utf8))
            operation.answer = read ?? Answer(status: answer.status)
        }
        return operation
    }

    /// What changes nothing, until it is answered.
    func insist(_ call: Call) throws -> [Entry] {
        var operations: [Entry] = []
        let isAnswered = eventually(within: 120) {
            operations.append(send(call))
            return operations.last!.answered != nil
        }
        if !isAnswered { throw WaitedInVain("\(call) is not answered", .seconds(120)) }
        return operations
    }

    private func ask(_ call: Call) throws -> HTTP.Answer {
        switch call {
        case .identify(let email, let phone): try post("/identify", email, phone)
        case .lookup(let email, let phone): try post("/lookup", email, phone)
        case .erase(let email, let phone): try post("/erase", email, phone)
        case .eraseContact(let id): try HTTP.post(#"{"contactId":\#(id)}"#, to: "/erase", port: port, isChecked: false)
        case .contact(let id): try get("/contacts/\(id)")
        case .changes(let after, _): try get("/changes?limit=37" + (after.map { "&after=\($0)" } ?? ""))
        case .correct(let correction): try post("/corrections", correction)
        case .undo(let ids): try post("/corrections/undo", ["ids": ids])
        case .row: preconditionFailure("a row is imported")
        }
    }

    private func get(_ path: String) throws -> HTTP.Answer {
        try HTTP.send("GET", path, port: port, headers: [], body: [], isChecked: false)
    }

    private func post(_ path: String, _ body: some Encodable) throws -> HTTP.Answer {
        try HTTP.post(
            String(decoding: JSONEncoder().encode(body), as: UTF8.self), to: path, port: port, isChecked: false)
    }

    private func post(_ path: String, _ email: String?, _ phone: String?) throws -> HTTP.Answer {
        let members = [email.map { #""email":"\#($0)""# }, phone.map { #""phoneNumber":"\#($0)""# }]
        let body = "{" + members.compactMap(\.self).joined(separator: ",") + "}"
        return try HTTP.post(body, to: path, port: port, isChecked: false)
    }
}
