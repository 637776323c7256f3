import TestSupport
import Testing

@testable import Identity

@Suite("Evidence without which a customer would be two")
struct EvidenceBridgeTests {
    private func phone(_ number: Int) -> Identifier { .phone(Phone(stored: "\(number)", key: "\(number)")) }

    private func evidence(_ pairs: [(Int, Int)]) -> [Evidence] {
        pairs.enumerated().map { Evidence(id: Int64($0), pair: IdentifierPair(phone($1.0), phone($1.1))) }
    }

    private func bridges(_ pairs: [(Int, Int)]) -> [Int64: [Int]] {
        let evidence = evidence(pairs)
        let contacts = Dictionary(evidence.flatMap(\.pair.ends).map { ($0, 1) }, uniquingKeysWith: { one, _ in one })
        let bridges = EvidenceBridge.all(in: evidence, contacts: contacts)
        return Dictionary(uniqueKeysWithValues: bridges.map { ($0.evidence.id, $0.parts) })
    }

    @Test("ties two rings, with as many contacts as either has")
    func rings() {
        #expect(bridges([(1, 2), (2, 3), (3, 1), (3, 4), (4, 5), (5, 6), (6, 7), (7, 4)]) == [3: [3, 4]])
    }

    @Test("is all of a chain, and none of what came twice")
    func chain() {
        #expect(bridges([(1, 2), (2, 3), (2, 3)]) == [0: [1, 2]])
        #expect(bridges([(1, 2), (2, 3), (3, 4)]) == [0: [1, 3], 1: [2, 2], 2: [1, 3]])
        #expect(bridges([]).isEmpty)
    }

    @Test("is what parts the rest where it is left out, in 200 random customers", arguments: 0..<200 as Range<UInt64>)
    func random(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var pairs: [(Int, Int)] = []
        for place in 1..<Int.random(in: 2..<9, using: &random) {
            pairs.append((place, Int.random(in: 0..<place, using: &random)))
        }
        for _ in 0..<Int.random(in: 0..<4, using: &random) {
            let (one, other) = pairs.randomElement(using: &random)!
            let third = Int.random(in: 0...pairs.count, using: &random)
            if third != one { pairs.append((one, third)) } else if third != other { pairs.append((other, third)) }
        }
        let all = evidence(pairs)
        let parting = all.filter { piece in
            var ties = IdentifierTies(all.filter { $0.id != piece.id }.map(\.pair))
            return !ties.areTied(piece.pair.one, piece.pair.other)
        }
        let found = bridges(pairs)
        #expect(Set(found.keys) == Set(parting.map(\.id)))
        for piece in parting {
            var ties = IdentifierTies(all.filter { $0.id != piece.id }.map(\.pair))
            let size = Set(all.flatMap(\.pair.ends)).count { ties.areTied($0, piece.pair.one) }
            #expect(found[piece.id]?.contains(size) == true)
        }
    }
}
