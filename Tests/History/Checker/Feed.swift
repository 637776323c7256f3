import TestSupport

/// What the readers of the feed saw, each from cursor to cursor.
struct Feed {
    struct Page {
        let operation: Entry
        /// Of what it shows, in `changes`.
        let range: Range<Int>
    }

    private(set) var pages: [Page] = []
    /// All that was seen, in the feed's order.
    private(set) var changes: [CustomerModel.Change] = []
    /// The page behind which there is nothing, because all was over. All of the feed was read up to there.
    private(set) var end: Entry?
    /// Operations that can't all be right.
    private(set) var contradiction: [Entry]?

    /// - Parameter operations: In order of their calls. Those that do not read the feed are left out.
    init(_ operations: [Entry]) {
        /// Where a cursor stands in the feed's order; the first begins it.
        var places: [String?: Int] = [:]
        var order: [Answer.Change] = []
        /// Who showed a change first, in the feed's order and by the primary that was absorbed and has not parted since.
        var (shown, absorbed): ([Entry], [Int64: Entry]) = ([], [:])
        for operation in operations {
            guard case .changes(let after, let isSettled) = operation.call, operation.answered != nil else { continue }
            if places.isEmpty { places[after] = 0 }
            guard let answer = operation.answer, let page = answer.changes, let place = places[after],
                page.allSatisfy({ $0.change != nil })
            else {
                contradiction = contradiction ?? [operation]
                continue
            }
            let known = order[place...].prefix(page.count)
            if let change = Array(zip(known, page)).firstIndex(where: { $0 != $1 }) {
                contradiction = contradiction ?? [shown[place + change], operation]
                continue
            }
            for change in page.dropFirst(known.count) {
                switch change.change! {
                case .merged(let merge):
                    if let before = absorbed.updateValue(operation, forKey: merge.absorbed) {
                        contradiction = contradiction ?? [before, operation]
                    }
                case .parted(let primary, _, _): absorbed[primary] = nil
                case .erased: break
                }
                order.append(change)
                shown.append(operation)
            }
            places[answer.next] = place + page.count
            pages.append(Page(operation: operation, range: place..<place + page.count))
            if isSettled && place + page.count == order.count { end = operation }
        }
        changes = order.map { $0.change! }
    }
}

extension CustomerModel.Change {
    /// The contacts that it names.
    var ids: [Int64] {
        switch self {
        case .merged(let merge): [merge.primary, merge.absorbed]
        case .parted(let primary, let from, let contacts): [primary, from] + contacts
        case .erased(let contacts): contacts
        }
    }
}

extension [CustomerModel.Change] {
    var merges: Set<CustomerModel.Merge> {
        Set(compactMap { if case .merged(let merge) = $0 { merge } else { nil } })
    }
}
