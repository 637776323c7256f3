import Testing

/// Requests that come at once, and whom the database knows before.
struct Scenario: Sendable, CustomTestStringConvertible {
    let name: String
    let known: [(String?, String?)]
    /// What was corrected before.
    var corrected: [Request] = []
    let requests: [Request]
    /// Whether in some order one of them has to start over. Where not, one waits for the other, if need be.
    var startsOver = true

    var testDescription: String { name }

    static let (a, b, c) = (("a@x", "111111"), ("b@x", "222222"), ("c@x", "333333"))
    /// Of the first one's customer.
    static let n = ("n@x", "111111")

    /// Two requests.
    static let requests = [
        Scenario(
            name: "link ∥ link: two new e-mails of one customer", known: [a],
            requests: [.identify("n@x", "111111"), .identify("m@x", "111111")]),
        Scenario(
            name: "link ∥ link: one new e-mail for two customers", known: [a, b],
            requests: [.identify("n@x", "111111"), .identify("n@x", "222222")]),
        Scenario(
            name: "link ∥ merge: a new e-mail of the absorbed", known: [a, b],
            requests: [.identify("n@x", "222222"), .identify("a@x", "222222")]),
        Scenario(
            name: "link ∥ merge: a new e-mail of the older", known: [a, b],
            requests: [.identify("n@x", "111111"), .identify("a@x", "222222")]),
        Scenario(
            name: "merge ∥ merge: both into one", known: [a, b, c],
            requests: [.identify("a@x", "222222"), .identify("a@x", "333333")]),
        Scenario(
            name: "merge ∥ merge: a chain", known: [a, b, c],
            requests: [.identify("a@x", "222222"), .identify("b@x", "333333")]),
        Scenario(
            name: "merge ∥ merge: the same two, crosswise", known: [a, b],
            requests: [.identify("a@x", "222222"), .identify("b@x", "111111")]),
        Scenario(
            name: "create ∥ create: the same customer", known: [],
            requests: [.identify("n@x", "111111"), .identify("n@x", "111111")], startsOver: false),
        Scenario(
            name: "create ∥ create: one new e-mail, two phones", known: [],
            requests: [.identify("n@x", "111111"), .identify("n@x", "222222")]),
        Scenario(
            name: "create ∥ link: one new e-mail", known: [a],
            requests: [.identify("n@x", "222222"), .identify("n@x", "111111")]),
        Scenario(
            name: "erase ∥ create", known: [],
            requests: [.erase("n@x", nil), .identify("n@x", "111111")]),
        Scenario(
            name: "erase ∥ link", known: [a],
            requests: [.erase("a@x", nil), .identify("n@x", "111111")]),
        Scenario(
            name: "erase ∥ link: neighbours", known: [a, b],
            requests: [.erase("a@x", nil), .identify("n@x", "222222")]),
        Scenario(
            name: "erase ∥ merge: the absorbed", known: [a, b],
            requests: [.erase("b@x", nil), .identify("a@x", "222222")]),
        Scenario(
            name: "erase ∥ merge: the older, by id", known: [a, b],
            requests: [.eraseContact(of: "a@x"), .identify("a@x", "222222")]),
        Scenario(
            name: "erase ∥ erase", known: [a],
            requests: [.erase("a@x", nil), .eraseContact(of: "a@x")]),
    ]

    /// A batch of an import, and a request.
    static let imports =
        [
            Scenario(
                name: "import ∥ create", known: [a],
                requests: [.importing([("n@x", "111111")]), .identify("n@x", "222222")]),
            Scenario(
                name: "import ∥ link", known: [a],
                requests: [.importing([("n@x", "111111")]), .identify("m@x", "111111")]),
            Scenario(
                name: "import that merges ∥ link into the absorbed", known: [a, b],
                requests: [.importing([("a@x", "222222")]), .identify("n@x", "222222")]),
            Scenario(
                name: "import ∥ merge", known: [a, b],
                requests: [.importing([("n@x", "222222")]), .identify("a@x", "222222")]),
            Scenario(
                name: "import ∥ erase", known: [a],
                requests: [.importing([("n@x", "111111")]), .erase("a@x", nil)]),
            Scenario(
                name: "import that merges ∥ erase of the absorbed", known: [a, b],
                requests: [.importing([("a@x", "222222")]), .eraseContact(of: "b@x")]),
            Scenario(
                name: "import that merges ∥ merge of the absorbed", known: [a, b, c],
                requests: [.importing([("a@x", "222222")]), .identify("b@x", "333333")]),
        ]

    /// One request alone.
    static let alone = [
        Scenario(name: "create", known: [], requests: [.identify("n@x", "111111")]),
        Scenario(name: "link", known: [a], requests: [.identify("n@x", "111111")]),
        Scenario(name: "merge", known: [a, b], requests: [.identify("a@x", "222222")]),
        Scenario(name: "erase", known: [a], requests: [.erase("a@x", nil)]),
        Scenario(name: "erase by id", known: [a], requests: [.eraseContact(of: "a@x")]),
        Scenario(name: "unlink", known: [a, n], requests: [.unlink("n@x", "111111")]),
        Scenario(name: "keep apart", known: [a, b], requests: [.keepApart("a@x", "b@x")]),
        Scenario(name: "disown", known: [a, n], requests: [.disown(nil, "111111")]),
        Scenario(name: "undo", known: [a, n], corrected: [.unlink("n@x", "111111")], requests: [.undo([0])]),
        Scenario(name: "import", known: [a], requests: [.importing([("n@x", "111111"), ("m@x", nil)])]),
        Scenario(name: "import that merges", known: [a, b], requests: [.importing([("a@x", "222222")])]),
    ]

    /// Too many orders for every run.
    static let many =
        manyCorrections + [
            Scenario(
                name: "import ∥ import: new e-mails, in opposite order", known: [a],
                requests: [
                    .importing([("n@x", "111111"), ("m@x", "111111")]),
                    .importing([("m@x", "111111"), ("n@x", "111111")]),
                ]),
            Scenario(
                name: "import that merges ∥ import that merges", known: [a, b, c],
                requests: [.importing([("a@x", "222222")]), .importing([("b@x", "333333")])]),
            Scenario(
                name: "merge ∥ merge ∥ merge: a ring", known: [a, b, c],
                requests: [.identify("a@x", "222222"), .identify("b@x", "333333"), .identify("c@x", "111111")]),
            Scenario(
                name: "link ∥ merge ∥ merge: into whom is absorbed twice", known: [a, b, c],
                requests: [.identify("n@x", "333333"), .identify("b@x", "333333"), .identify("a@x", "222222")]),
            Scenario(
                name: "create ∥ create ∥ create: a ring of new identifiers", known: [],
                requests: [.identify("n@x", "111111"), .identify("m@x", "111111"), .identify("m@x", "222222")]),
            Scenario(
                name: "erase ∥ link ∥ merge", known: [a, b],
                requests: [.erase("b@x", nil), .identify("n@x", "222222"), .identify("a@x", "222222")]),
            Scenario(
                name: "import ∥ link ∥ merge", known: [a, b],
                requests: [.importing([("n@x", "222222")]), .identify("m@x", "222222"), .identify("a@x", "222222")]),
            Scenario(
                name: "import ∥ erase ∥ merge", known: [a, b],
                requests: [.importing([("n@x", "222222")]), .erase("b@x", nil), .identify("a@x", "222222")]),
        ]
}
