import Identity
import TestSupport
import Testing

/// Texts of digits are phones, others e-mails. What a contact holds is written behind its id, with * where it owns that;
/// "-" is a contact that is to be made.
@Suite("Evidence and corrections, by the rules")
struct CorrectionTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let testDescription: String
        /// "id e-mail phone", "id phone e-mail" where it introduced the phone alone, or "id identifier", in order of their ids.
        let contacts: [String]
        /// "id end end"
        let records: [String]
        let corrections: [Correction]
        let withdrawn: Set<EvidenceID>
        let customers: [String]

        init(
            _ name: String, _ contacts: [String], records: [String] = [], _ corrections: [Correction] = [],
            withdrawn: Set<EvidenceID> = [], become customers: [String]
        ) {
            testDescription = name
            (self.contacts, self.records, self.corrections) = (contacts, records, corrections)
            (self.withdrawn, self.customers) = (withdrawn, customers)
        }
    }

    static let cases = [
        Case(
            "what was never corrected", ["1 a 10", "2 b 10", "3 c 30"], records: ["4 c b"],
            become: ["1 a* 10*, 2 b* 10, 3 c* 30*"]),
        Case(
            "an unlinked pair, of which the contact keeps the e-mail", ["1 a 10"], [unlink("a", "10")],
            become: ["1 a*", "- 10*"]),
        Case(
            "a contact that goes with what it introduced", ["1 a", "2 10 a"], [unlink("a", "10")],
            become: ["1 a*", "2 10*"]),
        Case(
            "the part of the oldest, and another with the oldest that holds what is in it",
            ["1 a 10", "2 b 10", "3 20 b", "4 c 20"], [unlink("b", "10")],
            become: ["1 a* 10*", "2 b*, 3 b 20*, 4 c* 20"]),
        Case(
            "a phone that the next who holds it owns then", ["1 a 10", "2 b 10"], [unlink("a", "10")],
            become: ["1 a*", "2 b* 10*"]),
        Case("a contact that was made before", ["1 a 10", "2 10"], [unlink("a", "10")], become: ["1 a*", "2 10*"]),
        Case("one that owns nothing once the correction is undone", ["1 a 10", "2 10"], become: ["1 a* 10*, 2 10"]),
        Case(
            "the same evidence twice", ["1 a 10"], records: ["2 a 10"], [unlink("a", "10")], become: ["1 a*", "- 10*"]),
        Case(
            "the same evidence twice, once withdrawn", ["1 a 10"], records: ["2 a 10"], [withdraw(1)],
            become: ["1 a*, - 10*"]),
        Case(
            "evidence that an erased correction has withdrawn", ["1 a 10"], withdrawn: [1], become: ["1 a*", "- 10*"]),
        Case(
            "an unlinked cycle, with its cut", ["1 a 10", "2 b 10", "3 20 b"], records: ["4 a 20"],
            [unlink("a", "10", 4)], become: ["1 a*", "2 b* 10*, 3 b 20*"]),
        Case(
            "two contacts of one that are kept apart", ["1 a 10", "2 b 10"],
            [Correction(id: 1, kind: .keepApart, apart: [pair("a", "b"), pair("10", "b")])],
            become: ["1 a* 10*", "2 b*"]),
        Case(
            "a shop's phone that names nobody", ["1 a 10", "2 b 10", "3 10 c", "4 d 40"], records: ["5 d 10"],
            [disown("10")], become: ["1 a*", "2 b*", "3 c*", "4 d* 40*"]),
        Case("a contact that is left with nothing", ["1 10", "2 a 10"], [disown("10")], become: ["1", "2 a*"]),
        Case("a contact with both disowned", ["1 a 10"], [disown("10"), disown("a")], become: ["1"]),
        Case(
            "a contact whose e-mail names nobody, and that must not go with the phone then", ["1 a 10", "2 b 10"],
            [unlink("a", "10"), disown("a")], become: ["1", "2 b* 10*"]),
        Case("two that an import's link ties", ["1 a", "2 b"], records: ["3 a b"], become: ["1 a*, 2 b*"]),
        Case(
            "two whom one has unlinked", ["1 a", "2 b"], records: ["3 a b"], [unlink("a", "b")],
            become: ["1 a*", "2 b*"]),
    ]

    @Test("make customers of", arguments: cases)
    func customers(case one: Case) {
        let graph = graph(one.contacts, one.records, one.corrections, withdrawn: one.withdrawn)
        #expect(graph.customers().map(\.text) == one.customers)
        #expect(graph.violated().isEmpty)
    }

    @Test("do not part a cycle by one pair, and tell the way around and what would part it")
    func cycle() throws {
        let cycle = graph(["1 a 10", "2 b 10", "3 20 b"], ["4 a 20"], [])
        let correction = unlink("a", "10")
        let connected = #expect(throws: CustomerGraph.StillConnected.self) {
            try cycle.adding(correction).checkParted(by: correction)
        }
        #expect(connected.map { Set($0.path) } == [2, 3, 4] && connected?.cut.count == 1)
        let mended = unlink("a", "10", connected!.cut[0])
        try cycle.adding(mended).checkParted(by: mended)
    }

    @Test("keep two contacts apart in all that they own, and tell what would part them")
    func keepApart() throws {
        let one = graph(["1 a 10", "2 b 10", "3 20 b"], ["4 a 20"], [])
        let apart = Correction(id: 1, kind: .keepApart, apart: ["a", "10"].map { pair($0, "20") })
        let connected = #expect(throws: CustomerGraph.StillConnected.self) {
            try one.adding(apart).checkParted(by: apart)
        }
        #expect(connected?.path == [2, 3] && connected?.cut.count == 1)

        let two = graph(["1 a 10", "2 b 20"], [], [])
        try two.adding(apart).checkParted(by: apart)
        #expect(two.adding(apart).customers().map(\.text) == two.customers().map(\.text))
    }

    @Test("leave the same, in whatever order they come and are undone")
    func anyOrder() {
        let none = graph(["1 a 10", "2 b 10", "3 c 10", "4 30 c"], ["5 a 30"], [])
        let corrections = [unlink("a", "10", 5, id: 1), disown("10", id: 2), unlink("c", "30", id: 3)]
        func texts(_ graph: CustomerGraph) -> [String] { graph.customers().map(\.text) }
        for order in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
            var graph = none
            for (place, index) in order.enumerated() {
                let before = texts(graph)
                graph = graph.adding(corrections[index])
                #expect(texts(graph.removing([corrections[index].id])) == before, "\(order.prefix(place + 1))")
            }
            #expect(texts(graph) == ["1 a*", "2 b*", "3 c*", "4 30*"])
            for index in order.dropLast() { graph = graph.removing([corrections[index].id]) }
            #expect(texts(graph) == texts(none.adding(corrections[order[2]])))
            #expect(texts(graph.removing([corrections[order[2]].id])) == texts(none))
        }
    }

    @Test("name the correction against which an undo would join two, unless both are undone")
    func undoAgainst() {
        // Whoever is kept apart here was parted by the first.
        let both = graph(
            ["1 a 10", "2 b 10"], [],
            [unlink("b", "10", id: 1), Correction(id: 2, kind: .keepApart, apart: [pair("a", "b")])])
        #expect(both.violated().isEmpty)
        #expect(both.removing([1]).violated().map(\.id) == [2])
        #expect(both.removing([2]).violated().isEmpty && both.removing([1, 2]).violated().isEmpty)
        #expect(both.removing([1, 2]).customers().map(\.text) == ["1 a* 10*, 2 b* 10"])
    }

    /// Of small random graphs, by trying all chains and all sets of evidence.
    @Test("find a shortest path and a smallest cut", arguments: 0..<100 as Range<UInt64>)
    func pathAndCut(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let identifiers = ["a", "b", "c", "10", "20", "30"]
        let records = (1...Int.random(in: 1...7, using: &random)).map { id in
            let ends = identifiers.shuffled(using: &random)
            return "\(id) \(ends[0]) \(ends[1])"
        }
        let ends = identifiers.shuffled(using: &random)
        let apart =
            Int.random(in: 0..<3, using: &random) == 0
            ? [pair(ends[0], ends[2]), pair(ends[1], ends[2])] : [pair(ends[0], ends[2])]
        let correction = Correction(id: 1, kind: .keepApart, apart: apart)
        let corrected = graph([], records, [correction])
        let standing = corrected.evidence.filter(corrected.stands)
        func isParted(by evidence: [EvidenceID]) -> Bool {
            let cut = graph([], records, [correction, withdraw(Set(evidence))])
            return (try? cut.checkParted(by: correction)) != nil
        }
        let subsets = (0..<1 << standing.count).map { bits in
            standing.indices.filter { bits & 1 << $0 != 0 }.map { standing[$0].id }
        }
        do {
            try corrected.checkParted(by: correction)
        } catch {
            #expect(isParted(by: error.cut), "\(records) \(error)")
            #expect(subsets.filter(isParted).map(\.count).min() == error.cut.count, "\(records) \(error)")
            // What connects them is what does not let the rest be withdrawn.
            func connects(_ evidence: [EvidenceID]) -> Bool {
                !isParted(by: standing.map(\.id).filter { !evidence.contains($0) })
            }
            #expect(connects(error.path), "\(records) \(error)")
            #expect(subsets.filter(connects).map(\.count).min() == error.path.count, "\(records) \(error)")
        }
    }

    @Test("know the same correction again, whatever the order of its ends")
    func same() {
        #expect(unlink("a", "10", 4, id: 1).isRepeated(by: unlink("10", "a", 4, id: 2)))
        #expect(!unlink("a", "10", 4, id: 1).isRepeated(by: unlink("a", "10", id: 2)))
        #expect(!unlink("a", "10", id: 1).isRepeated(by: unlink("a", "20", id: 2)))
        #expect(!disown("10", id: 1).isRepeated(by: Correction(id: 2, kind: .trust, identifier: identifier("10"))))
        #expect(disown("10", id: 1).isRepeated(by: disown("10", id: 2)))
    }

    @Test("say what is somebody's")
    func live() {
        let graph = graph(["1 a 10"], [], [unlink("a", "10"), disown("a")])
        #expect(!graph.isLive(identifier("a")) && graph.isLive(identifier("10")) && !graph.isLive(identifier("b")))
    }
}

private func identifier(_ text: String) -> Identifier {
    text.allSatisfy(\.isNumber) ? .phone(Phone(stored: text, key: text)) : .email(Email(stored: text))
}

private func pair(_ one: String, _ other: String) -> IdentifierPair {
    IdentifierPair(identifier(one), identifier(other))
}

private func unlink(_ one: String, _ other: String, _ evidence: EvidenceID..., id: CorrectionID = 1) -> Correction {
    Correction(id: id, kind: .unlink, apart: [pair(one, other)], evidence: Set(evidence))
}

/// What a person can't ask for, and what is left of a correction: evidence withdrawn, and nobody kept apart.
private func withdraw(_ evidence: Set<EvidenceID>) -> Correction {
    Correction(id: 9, kind: .unlink, evidence: evidence)
}

private func withdraw(_ evidence: EvidenceID) -> Correction { withdraw([evidence]) }

private func disown(_ text: String, id: CorrectionID = 8) -> Correction {
    Correction(id: id, kind: .disown, identifier: identifier(text))
}

private func graph(
    _ contacts: [String], _ records: [String], _ corrections: [Correction], withdrawn: Set<EvidenceID> = []
) -> CustomerGraph {
    func words(_ line: String) -> (id: Int64, identifiers: [Identifier]) {
        let words = line.split(separator: " ").map(String.init)
        return (Int64(words[0])!, words.dropFirst().map(identifier))
    }
    return CustomerGraph(
        contacts: contacts.map(words).map {
            CustomerGraph.WrittenContact($0.id, $0.identifiers, home: $0.identifiers[0].field)
        },
        records: records.map(words).map {
            Evidence(id: $0.id, pair: IdentifierPair($0.identifiers[0], $0.identifiers[1]))
        }, standing: corrections, withdrawn: withdrawn)
}

extension CustomerGraph.Customer {
    /// Each contact with what it holds.
    fileprivate var text: String {
        contacts.map { contact in
            let email = contact.email.map { $0.text + (contact.ownsEmail ? "*" : "") }
            let phone = contact.phone.map { $0.key + (contact.ownsPhone ? "*" : "") }
            return ([contact.id.map(String.init) ?? "-", email, phone].compactMap(\.self)).joined(separator: " ")
        }.joined(separator: ", ")
    }
}
