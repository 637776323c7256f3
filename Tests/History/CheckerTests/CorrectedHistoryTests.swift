import HistoryChecker
import TestSupport
import Testing

@Suite("Of customers that are corrected, the checker of histories explains")
struct ExplainedCorrectionsTests {
    @Test("corrections one after the other, an order that is left out, and what comes back")
    func corrections() {
        expectGood([
            identify("a", "10", at: 0...1, "1: a | 10 | "), identify("b", "20", at: 2...3, "2: b | 20 | "),
            identify("a", "20", at: 4...5, "1: a,b | 10,20 | 2"),
            correct(unlink("a", "20", isDry: true), at: 6...7, 0, "1: a | 10 | ", "2: b | 20 | ", apart: [("a", "20")]),
            lookup("a", nil, at: 6...7, "1: a,b | 10,20 | 2"),
            correct(unlink("a", "20"), at: 8...9, 1, "1: a | 10 | ", "2: b | 20 | ", apart: [("a", "20")]),
            correct(unlink("a", "20"), at: 10...11, 1, "1: a | 10 | ", "2: b | 20 | ", apart: [("a", "20")]),
            identify("a", "20", at: 12...13, "1: a | 10 | ", without: "phoneNumber", "kept-apart"),
            undo(1, at: 14...15, "1: a,b | 10,20 | 2", apart: [("a", "20")]),
            lookup("a", nil, at: 16...17, "1: a,b | 10,20 | 2"),
            feed(
                at: 18...19,
                changes: [
                    .merged(.init(primary: 1, absorbed: 2)), .parted(primary: 2, from: 1, contacts: [2]),
                    .merged(.init(primary: 1, absorbed: 2)),
                ]),
        ])
    }

    @Test("a correction that was not answered, and came late, early or never", arguments: [6, 8, 12] as [Int64])
    func unansweredCorrection(time: Int64) {
        expectGood([
            identify("a", "10", at: 0...1, "1: a | 10 | "), identify("b", "20", at: 2...3, "2: b | 20 | "),
            identify("a", "20", at: 4...5, "1: a,b | 10,20 | 2"), unanswered(.correct(unlink("a", "20")), at: 6),
            lookup("a", nil, at: 7...8, "1: a,b | 10,20 | 2"),
            lookup("a", "20", at: 7...9, "1: a | 10 | ", "2: b | 20 | "),
            lookup("b", nil, at: 10...time + 10, "2: b | 20 | "),
        ])
    }

    @Test("whatever clients do at once who correct", arguments: 0..<60 as Range<UInt64>)
    func simulatedCorrections(seed: UInt64) {
        expectGood(Simulation(seed: seed, clients: 3, calls: 30, isCorrected: true).history)
    }
}

@Suite("Of customers that are corrected, the checker of histories finds")
struct FoundCorrectionsTests {
    private static let begin = [
        identify("a", "10", at: 0...1, "1: a | 10 | "), identify("b", "20", at: 2...3, "2: b | 20 | "),
    ]
    private static let merged = begin + [identify("a", "20", at: 4...5, "1: a,b | 10,20 | 2")]

    private static let parted =
        merged + [
            correct(unlink("a", "20"), at: 6...7, 1, "1: a | 10 | ", "2: b | 20 | ", apart: [("a", "20")])
        ]

    static let corrected: [(kind: String, history: [Entry])] = [
        ("an unlink that is answered and parts nobody", parted + [lookup("a", nil, at: 8...9, "1: a,b | 10,20 | 2")]),
        (
            "an unlink that is answered as if it parted nobody",
            merged + [correct(unlink("a", "20"), at: 6...7, 1, "1: a,b | 10,20 | 2", apart: [("a", "20")])]
        ),
        (
            "an unlink of what other evidence ties",
            begin + [
                correct(unlink("a", "10"), at: 4...5, 1, "1: a | 10 | ", apart: [("a", "10")])
            ]
        ),
        (
            "an undo that does not join again",
            parted + [
                undo(1, at: 8...9, "1: a,b | 10,20 | 2", apart: [("a", "20")]),
                lookup("a", "20", at: 10...11, "1: a | 10 | ", "2: b | 20 | "),
            ]
        ),
        (
            "an undo that was refused, and joins",
            parted + [
                answered(.undo(ids: [1]), at: 8...9, status: 410), lookup("a", nil, at: 10...11, "1: a,b | 10,20 | 2"),
            ]
        ),
        ("a merge of what is kept apart", parted + [identify("a", "20", at: 8...9, "1: a,b | 10,20 | 2")]),
        (
            "a merge of what is kept apart, through a third",
            parted + [
                identify("c", "10", at: 8...9, "1: a,c | 10 | 3"),
                identify("c", "20", at: 10...11, "1: a,b,c | 10,20 | 2,3"),
            ]
        ),
        (
            "an identifier that is left out, and would not have to be",
            begin + [
                correct(Call.Correction(kind: "trust", email: "a"), at: 4...5, 1, "1: a | 10 | "),
                identify("a", "20", at: 6...7, "1: a | 10 | ", without: "phoneNumber", "kept-apart"),
            ]
        ),
        (
            "a dry run that parts",
            merged + [
                correct(
                    unlink("a", "20", isDry: true), at: 6...7, 0, "1: a | 10 | ", "2: b | 20 | ", apart: [("a", "20")]),
                lookup("a", "20", at: 8...9, "1: a | 10 | ", "2: b | 20 | "),
            ]
        ),
        (
            "a disowned identifier that somebody has",
            begin + [
                correct(Call.Correction(kind: "disown", phoneNumber: "10"), at: 4...5, 1, "1: a |  | "),
                lookup(nil, "10", at: 6...7, "1: a | 10 | "),
            ]
        ),
        (
            "a correction that is told twice",
            parted + [
                feed(
                    at: 8...9,
                    changes: [
                        .merged(.init(primary: 1, absorbed: 2)), .parted(primary: 2, from: 1, contacts: [2]),
                        .merged(.init(primary: 1, absorbed: 2)), .parted(primary: 2, from: 1, contacts: [2]),
                    ])
            ]
        ),
        ("a correction that is not told", parted + [feed(at: 8...9, [(1, 2)])]),
        (
            "changes in another order",
            parted + [
                feed(
                    at: 8...9,
                    changes: [.parted(primary: 2, from: 1, contacts: [2]), .merged(.init(primary: 1, absorbed: 2))])
            ]
        ),
        (
            "evidence that is lost",
            parted + [
                undo(1, at: 8...9, "1: a,b | 10,20 | 2", apart: [("a", "20")]),
                status(
                    1, at: 10...11, "1: a,b | 10,20 | 2", rows: [(1, "a", "10"), (2, "b", "20")], evidence: [1, 2]),
            ]
        ),
        (
            "a second id for the same correction",
            parted + [
                correct(unlink("a", "20"), at: 8...9, 2, "1: a | 10 | ", "2: b | 20 | ", apart: [("a", "20")])
            ]
        ),
    ]

    @Test("what can't be", arguments: corrected.indices)
    func wrongCorrections(index: Int) {
        let (kind, history) = FoundCorrectionsTests.corrected[index]
        let report = Report(checking: history)
        #expect(report.contradictions.count == 1, "\(kind)")
        #expect(report.undecided == 0 && !report.isGood, "\(kind)")
    }
}
