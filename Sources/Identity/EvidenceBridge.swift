/// Evidence without which one customer would be two.
public struct EvidenceBridge: Sendable {
    public let evidence: Evidence
    /// How many contacts the two would have, the smaller first.
    public let parts: [Int]

    /// Found as Tarjan does: no way back leads from what lies behind it. In time that grows with the evidence.
    /// - Parameters:
    ///   - evidence: All that stands of one customer.
    ///   - contacts: Of each identifier: how many contacts go with it.
    public static func all(in evidence: [Evidence], contacts: [Identifier: Int]) -> [EvidenceBridge] {
        var search = BridgeSearch(evidence)
        return search.bridges(contacts: contacts)
    }
}

/// Goes down the evidence from one identifier, depth first.
private struct BridgeSearch {
    private struct Place {
        /// Where evidence leads from here.
        var leaving: [(evidence: Int, target: Int)] = []
        /// When it was reached; `nil` until then.
        var entered: Int?
        /// The earliest that was reached of all to which a way leads from here and from what lies behind, without turning back.
        var earliest = 0
        /// Of it, and of what lies behind.
        var contacts = 0
    }

    private let evidence: [Evidence]
    private var numbers: [Identifier: Int] = [:]
    private var places: [Place] = []

    init(_ evidence: [Evidence]) {
        self.evidence = evidence
        for (index, piece) in evidence.enumerated() {
            let (one, other) = (number(of: piece.pair.one), number(of: piece.pair.other))
            places[one].leaving.append((index, other))
            places[other].leaving.append((index, one))
        }
    }

    private mutating func number(of identifier: Identifier) -> Int {
        if let number = numbers[identifier] { return number }
        numbers[identifier] = places.count
        places.append(Place())
        return places.count - 1
    }

    mutating func bridges(contacts: [Identifier: Int]) -> [EvidenceBridge] {
        for (identifier, number) in numbers { places[number].contacts = contacts[identifier] ?? 0 }
        let all = places.reduce(0) { $0 + $1.contacts }
        var bridges: [EvidenceBridge] = []
        var clock = 0
        /// The way down to here: each place with the evidence by which it was reached.
        var way: [(place: Int, by: Int?, next: Int)] = []

        func enter(_ place: Int, by evidence: Int?) {
            places[place].entered = clock
            places[place].earliest = clock
            clock += 1
            way.append((place, evidence, 0))
        }
        if !places.isEmpty { enter(0, by: nil) }
        while let (place, by, next) = way.last {
            if next < places[place].leaving.count {
                way[way.count - 1].next += 1
                let (piece, target) = places[place].leaving[next]
                if piece == by { continue }
                if let entered = places[target].entered {
                    places[place].earliest = min(places[place].earliest, entered)
                } else {
                    enter(target, by: piece)
                }
                continue
            }
            way.removeLast()
            guard let by, let above = way.last?.place else { continue }
            places[above].earliest = min(places[above].earliest, places[place].earliest)
            places[above].contacts += places[place].contacts
            if places[place].earliest > places[above].entered! {
                let behind = places[place].contacts
                bridges.append(EvidenceBridge(evidence: evidence[by], parts: [behind, all - behind].sorted()))
            }
        }
        return bridges
    }
}
