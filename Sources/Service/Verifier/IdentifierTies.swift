/// The identifiers of one cluster, tied by union-find.
struct IdentifierTies {
    private enum Identifier: Hashable {
        case email(String)
        case phone(String)
    }

    /// Where each identifier stands in `parents`.
    private var indices: [Identifier: Int] = [:]
    private var parents: [Int] = []
    private var pieces = 0

    var isOnePiece: Bool { pieces <= 1 }

    mutating func tie(email: String?, phone: String?) {
        let one = email.map { index(of: .email($0)) }
        let other = phone.map { index(of: .phone($0)) }
        guard let one, let other else { return }
        let (root, otherRoot) = (root(of: one), root(of: other))
        if root != otherRoot {
            parents[otherRoot] = root
            pieces -= 1
        }
    }

    private mutating func index(of identifier: Identifier) -> Int {
        if let index = indices[identifier] { return index }
        indices[identifier] = parents.count
        parents.append(parents.count)
        pieces += 1
        return parents.count - 1
    }

    private mutating func root(of index: Int) -> Int {
        var index = index
        while parents[index] != index {
            parents[index] = parents[parents[index]]
            index = parents[index]
        }
        return index
    }
}
