import Identity
import TestSupport

/// Operations about customers that share nothing with others: no identifier and no contact.
struct Component: Sendable {
    /// In order of their calls.
    var operations: [Entry] = []
    /// For each, the newest contact that was answered before it was sent.
    var idFloors: [Int64] = []
    /// Pages of the feed with the merges in them that are about these customers.
    var pages: [(page: Entry, merges: Set<CustomerModel.Merge>, isAll: Bool)] = []

    /// Whether all of it can be explained.
    func verdict(mostTries: Int) -> Search.Verdict {
        do throws(Misanswered) {
            var steps: [Step] = []
            for (operation, floor) in zip(operations, idFloors) {
                if let step = try Step(operation, idFloor: floor) { steps.append(step) }
            }
            steps += pages.map { Step($0.page, merges: $0.merges, isAll: $0.isAll) }
            let named =
                operations.flatMap(\.contactIDs) + pages.flatMap { $0.merges.flatMap { [$0.primary, $0.absorbed] } }
            return Search.run(steps, ids: Set(named).sorted(), mostTries: mostTries)
        } catch {
            return .contradiction
        }
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
        for merge in feed.merges { _ = groups.join(["id \(merge.primary)", "id \(merge.absorbed)"]) }

        var components: [Int: Component] = [:]
        for ((operation, floor), member) in zip(zip(calls, idFloors(calls)), members) {
            let root = groups.root(of: member)
            components[root, default: Component()].operations.append(operation)
            components[root]!.idFloors.append(floor)
        }
        for page in feed.pages {
            // Of contacts that no answer names: made and erased by who got none.
            for (root, merges) in Dictionary(grouping: page.merges, by: { groups.root(of: "id \($0.primary)") }) {
                components[root]?.pages.append((page.operation, Set(merges), false))
            }
        }
        if let end = feed.end {
            let all = Dictionary(grouping: feed.merges) { groups.root(of: "id \($0.primary)") }
            for root in components.keys where components[root]!.operations[0].called < end.called {
                components[root]!.pages.append((end, Set(all[root] ?? []), true))
            }
        }
        return components.values.sorted { $0.operations[0].called < $1.operations[0].called }
    }

    private static func keys(of operation: Entry) -> [String] {
        let (email, phone) = operation.identifiers
        let customers = operation.customers
        let emails = customers.flatMap(\.emails) + [email].compactMap(\.self)
        let phones = customers.flatMap(\.phones) + [phone].compactMap(\.self)
        return emails.map { "email \($0)" } + phones.map { "phone \($0)" } + operation.contactIDs.map { "id \($0)" }
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
