/// Identifiers, and which of them are one's.
public struct IdentifierTies {
    private var numbers: [Identifier: Int] = [:]
    /// By their numbers.
    private var identifiers: [Identifier] = []
    private var sets = DisjointSets()
    private var pieces = 0

    public init() {}

    init(_ pairs: [IdentifierPair]) {
        for pair in pairs { tie(pair.ends) }
    }

    public var isOnePiece: Bool { pieces <= 1 }

    /// All of them belong together.
    public mutating func tie(_ identifiers: [Identifier]) {
        let numbers = identifiers.map { number(of: $0) }
        for (one, other) in zip(numbers, numbers.dropFirst()) {
            let (root, otherRoot) = (sets.root(of: one), sets.root(of: other))
            if root != otherRoot {
                sets.join(otherRoot, to: root)
                pieces -= 1
            }
        }
    }

    private mutating func number(of identifier: Identifier) -> Int {
        if let number = numbers[identifier] { return number }
        let number = sets.add()
        numbers[identifier] = number
        identifiers.append(identifier)
        pieces += 1
        return number
    }

    /// One of its part, the same until more is tied: itself, if nothing ties it.
    mutating func part(of identifier: Identifier) -> Identifier {
        guard let number = numbers[identifier] else { return identifier }
        return identifiers[sets.root(of: number)]
    }

    mutating func areTied(_ one: Identifier, _ other: Identifier) -> Bool { part(of: one) == part(of: other) }
}
