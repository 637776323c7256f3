public import TestSupport

/// Operations whose answers can't all be right.
public struct Contradiction: Sendable, CustomStringConvertible {
    /// In order of their calls.
    public let operations: [Entry]
    /// How many there are about the same customer.
    let all: Int

    init(_ operations: [Entry], among all: Int) {
        self.operations = operations.sorted { $0.called < $1.called }
        self.all = all
    }

    /// At most ten lines.
    public var description: String {
        let shown = operations.count > 8 ? Array(operations.prefix(7)) : operations
        var lines = [
            "No order of these explains their answers (docs/specification.md), whatever took effect of all \(all) about these customers:"
        ]
        lines += shown.map { "  \($0)" }
        if shown.count < operations.count { lines.append("  … and \(operations.count - shown.count) more") }
        return lines.joined(separator: "\n")
    }
}

extension Component {
    /// The operations that were answered, and the pages with what they show of these customers.
    var all: [Entry] {
        operations.filter { $0.answered != nil }
            + pages.map { page in
                var operation = page.operation
                operation.answer?.changes = changes[page.range].map(Answer.Change.init)
                return operation
            }
    }

    /// Takes the answers of as many operations as can be, half of them at once at first: what may have happened
    /// explains more than what did. What can't be done without is the contradiction.
    func smallestContradiction() -> Component {
        var part = self
        // What may have happened multiplies the orders of corrections more than those of else.
        let mostTries = operations.contains(where: \.corrects) ? 100 : 5000
        var size = max(1, (operations.count + pages.count) / 2)
        while true {
            var start = 0
            var isSmaller = false
            while start < part.operations.count + part.pages.count {
                let trial = part.without(start..<start + size)
                if trial.all.count < part.all.count && trial.verdict(mostTries: mostTries) == .contradiction {
                    part = trial
                    isSmaller = true
                }
                start += size
            }
            if size == 1 && !isSmaller { return part }
            size = max(1, size / 2)
        }
    }

    /// - Parameter range: Of the operations, and of the pages behind them.
    private func without(_ range: Range<Int>) -> Component {
        var part = self
        for index in range.clamped(to: operations.indices) { part.operations[index] = operations[index].unanswered }
        let first = operations.count
        part.pages.removeAll()
        for (index, page) in pages.enumerated() where !range.contains(first + index) { part.pages.append(page) }
        return part
    }
}

extension Entry: CustomStringConvertible {
    /// A line: who, when (in milliseconds), what, and what came back.
    public var description: String {
        func milliseconds(_ time: Int64) -> String {
            let tenths = time / 100_000
            return "\(tenths / 10).\(tenths % 10)"
        }
        let time = "\(milliseconds(called))–\(answered.map(milliseconds) ?? "") ms"
        let outcome = answer.map(String.init(describing:)) ?? (answered == nil ? "no answer" : "done")
        return "\(client.padded(to: 6)) \(time.padded(to: 22)) \(call) → \(outcome)"
    }
}

extension String {
    fileprivate func padded(to length: Int) -> String { self + String(repeating: " ", count: max(0, length - count)) }
}

extension Call: CustomStringConvertible {
    public var description: String {
        func both(_ email: String?, _ phone: String?) -> String {
            [email, phone].compactMap(\.self).joined(separator: " ")
        }
        return switch self {
        case .identify(let email, let phone): "identify \(both(email, phone))"
        case .lookup(let email, let phone): "lookup \(both(email, phone))"
        case .contact(let id): "contacts/\(id)"
        case .eraseContact(let id): "erase \(id)"
        case .erase(let email, let phone): "erase \(both(email, phone))"
        case .row(let email, let phone): "import \(both(email, phone))"
        case .correct(let correction): "\(correction)"
        case .undo(let ids): "undo \(ids)"
        case .changes(_, let isSettled): isSettled ? "changes, all" : "changes"
        }
    }
}

extension Call.Correction: CustomStringConvertible {
    public var description: String {
        let parts = [
            kind, email, phoneNumber, contactIds.map(String.init(describing:)), evidence.map { "by evidence \($0)" },
            dryRun == true ? "as a dry run" : nil,
        ]
        return parts.compactMap(\.self).joined(separator: " ")
    }
}

extension Answer.Correction: CustomStringConvertible {
    public var description: String {
        "correction \(id)" + (undoneAt == nil ? "" : ", undone") + (erased ? ", erased" : "")
    }
}

extension CustomerModel.Change: CustomStringConvertible {
    public var description: String {
        switch self {
        case .merged(let merge): "\(merge.absorbed) into \(merge.primary)"
        case .parted(let primary, let from, let contacts): "\(contacts) from \(from) to \(primary)"
        case .erased(let contacts): "\(contacts) erased"
        }
    }
}

extension Answer: CustomStringConvertible {
    public var description: String {
        var parts = status == 200 ? [] : ["\(status)"]
        parts += ((contact.map { [$0] } ?? []) + (contacts ?? [])).map(\.customer.shape)
        if contacts == [] { parts.append("none") }
        parts += (rows ?? []).map { "row \($0.id) (\($0.email ?? "-") \($0.phoneNumber ?? "-"))" }
        parts += (ignored ?? []).map { "without \($0.field), \($0.reason)" }
        parts += (evidence ?? []).map { "evidence \($0.id)" + ($0.withdrawn ? ", withdrawn" : "") }
        parts += ((correction.map { [$0] } ?? []) + (corrections ?? [])).map(\.description)
        if let type { parts.append(String(type.split(separator: ":").last ?? "")) }
        parts += (changes ?? []).compactMap(\.change).map(\.description)
        if changes == [] && contact == nil { parts.append("none") }
        if let erasedContactIds { parts.append("erased \(erasedContactIds)") }
        return parts.joined(separator: "; ")
    }
}
