/// Numbers from 0 on, in sets that are joined as it turns out what belongs together (union-find, with path halving).
/// Each takes 4 bytes.
public struct DisjointSets: Sendable {
    private var parents: [UInt32] = []

    public init() {}

    /// - Returns: A new number, alone in its set.
    public mutating func add() -> Int {
        parents.append(UInt32(parents.count))
        return parents.count - 1
    }

    /// The number that stands for the set.
    public mutating func root(of number: Int) -> Int {
        var number = number
        while parents[number] != number {
            parents[number] = parents[Int(parents[number])]
            number = Int(parents[number])
        }
        return number
    }

    /// Joins two sets, each given by its root; `parent` is the root of both from now on.
    public mutating func join(_ child: Int, to parent: Int) {
        parents[child] = UInt32(parent)
    }
}
