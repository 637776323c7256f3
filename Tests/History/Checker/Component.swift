import Identity
import TestSupport

/// Operations about customers that share nothing with others: no identifier and no contact.
struct Component: Sendable {
    /// In order of their calls.
    var operations: [Entry] = []
    /// For each, the newest contact that was answered before it was sent.
    var idFloors: [Int64] = []
    /// What the feed says of these customers.
    var changes: [CustomerModel.Change] = []
    /// Pages of the feed that show some of it, or that there is no more of it.
    var pages: [Page] = []

    struct Page: Sendable {
        let operation: Entry
        /// Of what it shows, in `changes`.
        let range: Range<Int>
        let isAll: Bool
    }

    /// Whether all of it can be explained.
    func verdict(mostTries: Int) -> Search.Verdict {
        if operations.contains(where: \.corrects) { return CorrectedSearch.run(self, mostTries: mostTries) }
        do throws(Misanswered) {
            var steps: [Step] = []
            for (operation, floor) in zip(operations, idFloors) {
                if let step = try Step(operation, idFloor: floor) { steps.append(step) }
            }
            steps += pages.map { Step($0.operation, merges: Array(changes[$0.range]).merges, isAll: $0.isAll) }
            return Search.run(steps, ids: ids, mostTries: mostTries)
        } catch {
            return .contradiction
        }
    }

    /// All contacts that are named, ascending.
    var ids: [Int64] {
        let told = changes.prefix(pages.map(\.range.upperBound).max() ?? 0)
        return Set(operations.flatMap(\.contactIDs) + told.flatMap(\.ids)).sorted()
    }
}

extension Component {
    /// - Parameters:
    ///   - operations: In order of their calls.
    ///   - feed: Those of them that read the feed.
    static func all(of operations: [Entry], _ feed: Feed) -> [Component] {
        let calls = operations.filter { if case .changes = $0.call { false } else { true } }
        var groups = Groups()
        let members = calls.map { groups.join(keys(of: $0)) }
        for change in feed.changes { _ = groups.join(change.ids.map { "id \($0)" }) }

        var components: [Int: Component] = [:]
        for ((operation, floor), member) in zip(zip(calls, idFloors(calls)), members) {
            let root = groups.root(of: member)
            components[root, default: Component()].operations.append(operation)
            components[root]!.idFloors.append(floor)
        }
        // Of contacts that no answer names (made and erased by who got none) there is no component.
        var places: [(root: Int, place: Int)] = []
        for change in feed.changes {
            let root = groups.root(of: "id \(change.ids[0])")
            places.append((root, components[root]?.changes.count ?? 0))
            components[root]?.changes.append(change)
        }
        for page in feed.pages {
            for (root, places) in Dictionary(grouping: places[page.range], by: \.root) {
                let range = places[0].place..<places.last!.place + 1
                components[root]?.pages.append(Page(operation: page.operation, range: range, isAll: false))
            }
        }
        if let end = feed.end {
            for (root, component) in components where component.operations[0].called < end.called {
                let range = component.changes.indices
                components[root]!.pages.append(Page(operation: end, range: range, isAll: true))
            }
        }
        return components.values.sorted { $0.operations[0].called < $1.operations[0].called }
    }

    private static func keys(of operation: Entry) -> [String] {
        let (email, phone) = operation.identifiers
        let customers = operation.customers
        let emails = customers.flatMap(\.emails) + [email].compactMap(\.self)
        let phones = customers.flatMap(\.phones) + [phone].compactMap(\.self)
        return emails.map { "email \($0)" } + phones.map { "phone \($0)" }
            + (operation.contactIDs + operation.evidenceIDs).map { "id \($0)" }
            + operation.correctionIDs.map { "correction \($0)" }
    }

    private static func idFloors(_ operations: [Entry]) -> [Int64] {
        let answers = operations.filter { $0.answered != nil }.sorted { $0.answered! < $1.answered! }
        var (next, newest) = (0, Int64(0))
        return operations.map { operation in
            while next < answers.count, answers[next].answered! < operation.called {
                newest = max(newest, answers[next].contactIDs.max() ?? 0)
                next += 1
            }
            return newest
        }
    }
}

/// Which keys belong together.
private struct Groups {
    private var numbers: [String: Int] = [:]
    private var sets = DisjointSets()

    /// - Returns: The number of one of them.
    mutating func join(_ keys: [String]) -> Int {
        let first = root(of: keys[0])
        for key in keys.dropFirst() {
            let other = root(of: key)
            if other != sets.root(of: first) { sets.join(other, to: sets.root(of: first)) }
        }
        return first
    }

    mutating func root(of number: Int) -> Int { sets.root(of: number) }

    mutating func root(of key: String) -> Int {
        if let number = numbers[key] { return sets.root(of: number) }
        let number = sets.add()
        numbers[key] = number
        return number
    }
}
