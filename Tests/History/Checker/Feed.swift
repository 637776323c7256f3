import TestSupport

/// What the readers of the feed saw, each from cursor to cursor.
struct Feed {
    struct Page {
        let operation: Entry
        let merges: [CustomerModel.Merge]
    }

    private(set) var pages: [Page] = []
    /// All merges that were seen, in the feed's order.
    private(set) var merges: [CustomerModel.Merge] = []
    /// The page behind which there is nothing, because all was over. All of the feed was read up to there.
    private(set) var end: Entry?
    /// Operations that can't all be right.
    private(set) var contradiction: [Entry]?

    /// - Parameter operations: In order of their calls. Those that do not read the feed are left out.
    init(_ operations: [Entry]) {
        /// Where a cursor stands in the feed's order; the first begins it.
        var places: [String?: Int] = [:]
        var order: [Answer.Change] = []
        /// Who showed a change first, in the feed's order and by the primary that was absorbed.
        var (shown, absorbed): ([Entry], [Int64: Entry]) = ([], [:])
        for operation in operations {
            guard case .changes(let after, let isSettled) = operation.call, operation.answered != nil else { continue }
            if places.isEmpty { places[after] = 0 }
            guard let answer = operation.answer, let page = answer.changes, let place = places[after] else {
                contradiction = contradiction ?? [operation]
                continue
            }
            let known = order[place...].prefix(page.count)
            if let change = Array(zip(known, page)).firstIndex(where: { $0 != $1 }) {
                contradiction = contradiction ?? [shown[place + change], operation]
                continue
            }
            for change in page.dropFirst(known.count) {
                let merge = change.merge
                if let merge, let before = absorbed.updateValue(operation, forKey: merge.absorbed) {
                    contradiction = contradiction ?? [before, operation]
                }
                order.append(change)
                shown.append(operation)
            }
            places[answer.next] = place + page.count
            pages.append(Page(operation: operation, merges: page.compactMap(\.merge)))
            if isSettled && place + page.count == order.count { end = operation }
        }
        merges = order.compactMap(\.merge)
    }
}
