import Foundation
import HistoryChecker
import TestSupport
import Testing

@Suite("The checker of histories explains")
struct ExplainedTests {
    @Test("calls one after the other")
    func sequence() {
        expectGood([
            identify("a", "10", at: 0...1, "1: a | 10 | "), identify("b", "10", at: 2...3, "1: a,b | 10 | 2"),
            identify("c", "20", at: 4...5, "3: c | 20 | "),
            lookup("a", "20", at: 6...7, "1: a,b | 10 | 2", "3: c | 20 | "),
            identify("a", "20", at: 8...9, "1: a,b,c | 10,20 | 2,3"), feed(at: 10...11, [(1, 3)]),
            erase(3, at: 12...13, [1, 2, 3]), lookup("a", "20", at: 14...15),
            answered(.contact(id: 2), at: 16...17, status: 410), erase(1, at: 18...19, [1, 2, 3]),
            identify("a", nil, at: 20...21, "4: a |  | "),
        ])
    }

    /// The customer is read for the answer behind the change, so both may see each other's.
    @Test("two who each see what the other brought")
    func twoMoments() {
        expectGood([
            identify("a", "10", at: 0...1, "1: a | 10 | "), identify("b", "10", at: 2...9, "1: a,b,c | 10 | 2,3"),
            identify("c", "10", at: 3...8, "1: a,b,c | 10 | 2,3"),
        ])
    }

    @Test("what was not answered, and happened late, early or never", arguments: [2, 4, 6] as [Int64])
    func unansweredCalls(time: Int64) {
        expectGood([
            identify("a", "10", at: 0...1, "1: a | 10 | "), identify("b", "20", at: 0...1, "2: b | 20 | "),
            unanswered(.identify(email: "a", phoneNumber: "20"), at: 2),
            unanswered(.erase(email: "c", phoneNumber: nil), at: 2),
            lookup("a", "20", at: 3...4, "1: a | 10 | ", "2: b | 20 | "),
            lookup("a", "20", at: 5...7, "1: a,b | 10,20 | 2"),
        ])
    }

    /// From a run: the look-up saw the merge of two customers, and not what a third got at the same time.
    @Test("a look-up between two changes under way")
    func between() {
        expectGood([
            identify("a", "10", at: 0...1, "1: a | 10 | "), identify("b", "20", at: 2...3, "2: b | 20 | "),
            identify("c", nil, at: 4...5, "3: c |  | "), lookup("a", "30", at: 6...20, "1: a,b | 10,20 | 2"),
            identify("a", "20", at: 7...19, "1: a,b | 10,20 | 2"), identify("c", "30", at: 8...9, "3: c | 30 | 4"),
        ])
    }

    /// From a run: only an answer behind that of the erasure says which row made which contact.
    @Test("rows of one customer that is erased while they are imported")
    func rowsAroundErasure() {
        let names = ["a", "b", "c", "d", "e", "f", "g", "h"]
        expectGood(
            names.map { row($0, "10", at: 0...25) } + [
                identify("a", "10", at: 4...10, "1: a,b,c,d,e,f,g,h | 10 | 2,3,4,5,6,7,8"),
                erase(1, at: 6...8, [1, 2, 3, 4, 5, 6, 7, 8]),
            ])
    }

    @Test("a row that was there, was erased, and was imported then")
    func rowBehindErasure() {
        expectGood([
            identify("a", "10", at: 0...1, "1: a | 10 | "), row("a", "10", at: 2...8), erase(1, at: 3...4, [1]),
            lookup("a", "10", at: 9...9, "2: a | 10 | "),
        ])
    }

    /// The erasure is answered last, so nothing needs it any sooner than the row does.
    @Test("a row that was there, and was imported behind an erasure under way")
    func rowBehindErasureUnderWay() {
        expectGood([
            identify("a", "10", at: 0...1, "1: a | 10 | "), row("a", "10", at: 2...8), erase(1, at: 3...9, [1]),
            lookup("a", "10", at: 10...11, "2: a | 10 | "),
        ])
    }

    /// From a run: the first batch said of the customer what the second did, who was erased in between.
    @Test("rows around an erasure under way, the first of which said what the other did", arguments: [false, true])
    func rowsAroundErasureUnderWay(isReversed: Bool) {
        let rows = [row("b", "20", at: 4...8), row("b", "10", at: 4...8)]
        expectGood(
            [identify("a", "10", at: 0...1, "1: a | 10 | "), identify("a", "20", at: 2...3, "1: a | 10,20 | 2")]
                + (isReversed ? rows.reversed() : rows) + [
                    erase(1, at: 5...9, [1, 2, 3]), lookup("b", "20", at: 10...11, "4: b | 10 | "),
                ])
    }

    @Test("an erasure that nginx sent again, and that found nobody the second time")
    func erasedTwice() {
        expectGood([
            identify("a", nil, at: 0...1, "1: a |  | "),
            answered(.erase(email: "a", phoneNumber: nil), at: 2...3, status: 404),
            answered(.contact(id: 1), at: 4...5, status: 410),
        ])
    }

    @Test("an erasure that found nobody, somebody who came then, and was sent again", arguments: [4, 9] as [Int64])
    func erasedLater(time: Int64) {
        expectGood([
            answered(.erase(email: "a", phoneNumber: nil), at: 0...time, status: 404),
            identify("a", nil, at: 1...2, "1: a |  | "), answered(.contact(id: 1), at: 5...6, status: 410),
        ])
    }

    /// Clients on a service that is the model: each change, and the read behind it, at a random moment of its call.
    @Test("whatever clients do at once", arguments: 0..<60 as Range<UInt64>)
    func simulated(seed: UInt64) {
        expectGood(Simulation(seed: seed, clients: 3, calls: 30).history)
    }
}

@Suite("The checker of histories finds")
struct FoundTests {
    private static let begin = [
        identify("a", "10", at: 0...1, "1: a | 10 | "), identify("b", "20", at: 2...3, "2: b | 20 | "),
    ]
    private static let merged = begin + [identify("a", "20", at: 4...5, "1: a,b | 10,20 | 2")]

    static let contradictions: [(kind: String, history: [Entry])] = [
        ("a lost merge", merged + [lookup("a", "20", at: 6...7, "1: a | 10 | ", "2: b | 20 | ")]),
        (
            "two owners of one identifier",
            [identify("a", "10", at: 0...9, "1: a | 10 | "), identify("b", "10", at: 0...9, "2: b | 10 | ")]
        ),
        ("a stale read behind an acknowledged write", begin + [lookup("a", nil, at: 6...7)]),
        (
            "a stale answer of identify",
            merged + [
                identify("c", "10", at: 6...7, "1: a,b,c | 10,20 | 2,3"),
                identify("a", "10", at: 8...9, "1: a,b | 10,20 | 2"),
            ]
        ),
        ("a younger primary", begin + [identify("a", "20", at: 4...5, "2: b,a | 20,10 | 1")]),
        ("an id given twice", [begin[0], identify("b", "20", at: 2...3, "1: b | 20 | ")]),
        ("an older id for a newer contact", [begin[1], identify("a", "10", at: 4...5, "1: a | 10 | ")]),
        (
            "an erased identifier that comes back",
            merged + [erase(1, at: 6...7, [1, 2]), lookup("b", nil, at: 8...9, "2: b | 20 | ")]
        ),
        ("an erasure of half a customer", merged + [erase(1, at: 6...7, [1])]),
        ("an id that is gone, and was not erased", merged + [answered(.contact(id: 2), at: 6...7, status: 410)]),
        ("an id that was answered, and is not known", begin + [answered(.contact(id: 2), at: 6...7, status: 404)]),
        ("a feed that misses a merge", merged + [feed(at: 6...7, [])]),
        ("a merge in the feed that was none", begin + [feed(at: 6...7, [(1, 2)])]),
        (
            "a feed that changes behind a cursor",
            merged + [feed(at: 6...7, [(1, 2)]), feed(at: 8...9, [(1, 3)], isSettled: false)]
        ),
        ("a lost row", begin + [row("a", "20", at: 4...5), lookup("a", nil, at: 6...7, "1: a | 10 | ")]),
        (
            "a row that is imported twice",
            [
                begin[0], row("b", "10", at: 2...8), erase(1, at: 3...9, [1, 2]),
                lookup("b", "10", at: 10...11, "3: b | 10 | "),
            ]
        ),
        ("an answer without what was sent", [identify("a", "10", at: 0...1, "1: b | 10 | ")]),
        ("identifiers in the wrong order", merged + [lookup("a", nil, at: 6...7, "1: b,a | 10,20 | 2")]),
        ("a contact from nowhere", merged + [lookup("a", nil, at: 6...7, "1: a,b | 10,20 | 2,7")]),
        (
            "a status that no call has",
            begin + [answered(.lookup(email: "a", phoneNumber: nil), at: 6...7, status: 400)]
        ),
    ]

    @Test("what can't be", arguments: contradictions.indices)
    func wrong(index: Int) {
        let (kind, history) = FoundTests.contradictions[index]
        let report = Report(checking: history)
        #expect(report.contradictions.count == 1, "\(kind)")
        #expect(report.undecided == 0 && !report.isGood, "\(kind)")
        let text = report.contradictions.first?.description ?? ""
        #expect(text.split(separator: "\n").count <= 10, "\(kind): \(text)")
    }

    @Test("the few calls among many that contradict each other, and prints them")
    func smallest() throws {
        var history = [identify("n", "90", at: 0...1, "1: n | 90 | ")]
        for time in stride(from: 2, to: 80, by: 2) as StrideTo<Int64> {
            history.append(
                time == 40 ? lookup("n", "91", at: 40...41) : lookup("n", nil, at: time...time + 1, "1: n | 90 | "))
        }
        let text = try #require(Report(checking: history).contradictions.first).description
        #expect(text.contains("lookup n → 1: n | 90 | \n"), "\(text)")
        #expect(text.contains("lookup n 91 → none"), "\(text)")
        #expect(text.split(separator: "\n").count == 3, "\(text)")
    }

    /// Of calls one after the other each answer is the only one. The history is a file, and one line of it changed.
    @Test("an answer that was changed in a kept history", arguments: 0..<10 as Range<UInt64>)
    func edited(seed: UInt64) throws {
        let history = Simulation(seed: seed, clients: 1, calls: 12).history
        var random = SeededGenerator(seed: seed)
        let path = FileManager.default.temporaryDirectory.appending(path: "history-\(UUID())").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        try Data().write(to: URL(filePath: path))
        try HistoryFile.append(history, to: #require(FileHandle(forWritingAtPath: path)))
        #expect(try HistoryFile.read(path) == history)
        #expect(try Report(checking: HistoryFile.read(path)).isGood)

        var lines = try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").map(String.init)
        let line = try #require(
            lines.indices.filter { lines[$0].contains("primaryContactId") }.randomElement(using: &random))
        lines[line].replace(#/"primaryContactId":(\d+)/#, maxReplacements: 1) {
            #""primaryContactId":\#(Int($0.1)! + 100)"#
        }
        try lines.joined(separator: "\n").write(toFile: path, atomically: true, encoding: .utf8)
        let report = try Report(checking: HistoryFile.read(path))
        #expect(!report.contradictions.isEmpty, "\(report)")
    }

    @Test("no answer where there are too many orders to try, and does not call that good")
    func undecided() {
        let report = Report(checking: Simulation(seed: 3, clients: 3, calls: 30).history, mostTries: 1)
        #expect(report.undecided == 1 && report.contradictions.isEmpty && !report.isGood)
    }

    @Test("nothing good in a history without operations")
    func empty() {
        #expect(!Report(checking: []).isGood)
    }
}
