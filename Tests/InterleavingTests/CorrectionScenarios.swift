/// A correction or an undo, and another request.
extension Scenario {
    /// Ties a's customer to what the second one has alone.
    private static let m = ("n@x", "222222")
    /// The pair of `n`.
    private static let unlinked = Request.unlink("n@x", "111111")

    static let unlinks = [
        Scenario(
            name: "unlink ∥ link: into the part that stays", known: [a, n],
            requests: [unlinked, .identify("m@x", "111111")]),
        Scenario(
            name: "unlink ∥ link: into the part that leaves", known: [a, n],
            requests: [unlinked, .identify("n@x", "222222")]),
        Scenario(
            name: "unlink ∥ merge: of the part that leaves", known: [a, n, b],
            requests: [unlinked, .identify("n@x", "222222")]),
        Scenario(
            name: "unlink ∥ merge: into one that is older", known: [b, a, n],
            requests: [unlinked, .identify("b@x", "111111")]),
        Scenario(
            name: "unlink ∥ identify: the very pair", known: [a, n],
            requests: [unlinked, .identify("n@x", "111111")]),
        Scenario(
            name: "unlink ∥ identify: a pair across it", known: [a, n, m],
            requests: [unlinked, .identify("a@x", "222222")]),
        Scenario(
            name: "unlink ∥ identify: a pair of the part that leaves",
            known: [a, n, m, ("o@x", "222222"), ("o@x", "333333")],
            requests: [unlinked, .identify("n@x", "333333")]),
        Scenario(
            name: "unlink ∥ erase: who stays", known: [a, n],
            requests: [unlinked, .erase("a@x", nil)]),
        Scenario(
            name: "unlink ∥ erase: who leaves", known: [a, n],
            requests: [unlinked, .erase("n@x", nil)]),
        Scenario(
            name: "unlink ∥ erase: both", known: [a, n],
            requests: [unlinked, .erase("n@x", "111111")]),
        Scenario(
            name: "unlink ∥ erase: who leaves, by id", known: [a, n],
            requests: [unlinked, .eraseContact(of: "n@x")]),
        Scenario(
            name: "unlink ∥ unlink: the same", known: [a, n],
            requests: [unlinked, unlinked]),
        Scenario(
            name: "unlink ∥ unlink: a chain", known: [a, n, m],
            requests: [unlinked, .unlink("n@x", "222222")]),
        Scenario(
            name: "unlink ∥ unlink: two that are not one", known: [a, b],
            requests: [.unlink("a@x", "222222"), .unlink("b@x", "111111")]),
        Scenario(
            name: "unlink ∥ undo", known: [a, n, m], corrected: [unlinked],
            requests: [.unlink("n@x", "222222"), .undo([0])]),
    ]

    static let keptApart = [
        Scenario(
            name: "keep apart ∥ merge", known: [a, b],
            requests: [.keepApart("a@x", "b@x"), .identify("a@x", "222222")]),
        Scenario(
            name: "keep apart ∥ link: a new e-mail of the one", known: [a, b],
            requests: [.keepApart("a@x", "b@x"), .identify("n@x", "222222")]),
        Scenario(
            name: "keep apart ∥ merge of the one into an older third", known: [c, a, b],
            requests: [.keepApart("a@x", "b@x"), .identify("c@x", "222222")]),
        Scenario(
            name: "merge ∥ merge: into an older third, of two that are kept apart", known: [c, a, b],
            corrected: [.keepApart("a@x", "b@x")],
            requests: [.identify("c@x", "111111"), .identify("c@x", "222222")]),
        Scenario(
            name: "merge ∥ merge: with a younger third, of two that are kept apart", known: [a, b, c],
            corrected: [.keepApart("a@x", "b@x")],
            requests: [.identify("c@x", "111111"), .identify("c@x", "222222")]),
        Scenario(
            name: "keep apart ∥ keep apart: the same", known: [a, b],
            requests: [.keepApart("a@x", "b@x"), .keepApart("b@x", "a@x")]),
        Scenario(
            name: "keep apart ∥ erase", known: [a, b],
            requests: [.keepApart("a@x", "b@x"), .erase("b@x", nil)]),
    ]

    static let disowned = [
        Scenario(
            name: "disown ∥ create", known: [],
            requests: [.disown(nil, "111111"), .identify("n@x", "111111")]),
        Scenario(
            name: "disown ∥ link: by what it disowns", known: [a],
            requests: [.disown(nil, "111111"), .identify("n@x", "111111")]),
        Scenario(
            name: "disown ∥ link: by the other", known: [a],
            requests: [.disown(nil, "111111"), .identify("a@x", "222222")]),
        Scenario(
            name: "disown ∥ merge: by what it disowns", known: [a, b],
            requests: [.disown("b@x", nil), .identify("b@x", "111111")]),
        Scenario(
            name: "disown ∥ merge: by another", known: [a, b],
            requests: [.disown("b@x", nil), .identify("a@x", "222222")]),
        Scenario(
            name: "disown ∥ disown: the same", known: [a, n],
            requests: [.disown(nil, "111111"), .disown(nil, "111111")]),
        Scenario(
            name: "disown ∥ unlink", known: [a, n],
            requests: [.disown(nil, "111111"), unlinked]),
        Scenario(
            name: "disown ∥ erase", known: [a, n],
            requests: [.disown(nil, "111111"), .erase(nil, "111111")]),
    ]

    static let undone = [
        Scenario(
            name: "undo ∥ undo: the same", known: [a, n], corrected: [unlinked],
            requests: [.undo([0]), .undo([0])]),
        Scenario(
            name: "undo ∥ undo: two of one customer", known: [a, n, m],
            corrected: [unlinked, .unlink("n@x", "222222")], requests: [.undo([0]), .undo([1])]),
        Scenario(
            name: "undo ∥ undo: an unlink and a disowning of one phone", known: [a, n],
            corrected: [unlinked, .disown(nil, "111111")], requests: [.undo([0]), .undo([1])]),
        Scenario(
            name: "undo ∥ link", known: [a, n], corrected: [unlinked],
            requests: [.undo([0]), .identify("n@x", "222222")]),
        Scenario(
            name: "undo ∥ merge: with another", known: [a, n, b], corrected: [unlinked],
            requests: [.undo([0]), .identify("n@x", "222222")]),
        Scenario(
            name: "undo ∥ identify: the very pair", known: [a, n], corrected: [unlinked],
            requests: [.undo([0]), .identify("n@x", "111111")]),
        Scenario(
            name: "undo ∥ merge: of what another correction keeps apart", known: [a, n, b],
            corrected: [unlinked, .keepApart("a@x", "b@x")],
            requests: [.undo([0]), .identify("n@x", "222222")]),
        Scenario(
            name: "undo ∥ erase", known: [a, n], corrected: [unlinked],
            requests: [.undo([0]), .erase("n@x", nil)]),
        Scenario(
            name: "undo ∥ identify: what names nobody", known: [a], corrected: [.disown(nil, "111111")],
            requests: [.undo([0]), .identify("n@x", "111111")]),
        Scenario(
            name: "undo ∥ erase: what names nobody", known: [a], corrected: [.disown(nil, "111111")],
            requests: [.undo([0]), .erase(nil, "111111")]),
    ]

    /// A batch of an import, and a correction.
    static let correctedImports = [
        Scenario(
            name: "import ∥ unlink: into the part that leaves", known: [a, n],
            requests: [.importing([("n@x", "222222")]), unlinked]),
        Scenario(
            name: "import that merges ∥ unlink", known: [a, n, b],
            requests: [.importing([("n@x", "222222")]), unlinked]),
        Scenario(
            name: "import ∥ unlink: a pair across it", known: [a, n, m],
            requests: [.importing([("a@x", "222222")]), unlinked]),
        Scenario(
            name: "import that merges ∥ keep apart", known: [a, b],
            requests: [.importing([("a@x", "222222")]), .keepApart("a@x", "b@x")]),
        Scenario(
            name: "import ∥ disown", known: [a],
            requests: [.importing([("n@x", "111111")]), .disown(nil, "111111")]),
        Scenario(
            name: "import that merges ∥ undo", known: [a, n, b], corrected: [unlinked],
            requests: [.importing([("n@x", "222222")]), .undo([0])]),
        Scenario(
            name: "import ∥ undo: the very pair", known: [a, n], corrected: [unlinked],
            requests: [.importing([("n@x", "111111")]), .undo([0])]),
    ]

    /// Three requests.
    static let manyCorrections = [
        Scenario(
            name: "link ∥ merge ∥ unlink", known: [a, n, b],
            requests: [.identify("m@x", "111111"), .identify("n@x", "222222"), unlinked]),
        Scenario(
            name: "merge ∥ merge ∥ keep apart: in an older third", known: [c, a, b],
            requests: [.identify("c@x", "111111"), .identify("c@x", "222222"), .keepApart("a@x", "b@x")]),
        Scenario(
            name: "create ∥ create ∥ disown: what both introduce", known: [],
            requests: [.identify("n@x", "111111"), .identify("m@x", "111111"), .disown(nil, "111111")]),
        Scenario(
            name: "link ∥ merge ∥ keep apart: what is answered of who is left alone", known: [a, b],
            requests: [.identify("n@x", "111111"), .identify("a@x", "222222"), .keepApart("a@x", "b@x")]),
        Scenario(
            name: "erase ∥ unlink ∥ undo", known: [a, n], corrected: [unlinked],
            requests: [.erase("n@x", nil), unlinked, .undo([0])]),
        Scenario(
            name: "import ∥ merge ∥ unlink", known: [a, n, b],
            requests: [.importing([("m@x", "111111")]), .identify("n@x", "222222"), unlinked]),
    ]
}
