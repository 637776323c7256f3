import Identity
import TestSupport
import Testing

/// Random requests, corrections, their undoing and erasures over few identifiers, so that they meet often. The rules, given
/// the plain facts, and the model of docs/specification.md agree after every step.
@Suite("For any history")
struct CorrectionPropertyTests {
    private static let steps = 50

    @Test(
        "who is who with evidence and corrections is what the model says", arguments: 0..<40 as Range<UInt64>)
    func agrees(chunk: UInt64) throws {
        for seed in chunk * 250..<(chunk + 1) * 250 {
            var history = History(seed: seed)
            for step in 0..<CorrectionPropertyTests.steps {
                history.step()
                let difference = history.difference()
                try #require(difference == nil, "seed \(seed), step \(step): \(history.log)")
            }
            let isSame = history.isSameInAnyOrder()
            #expect(isSame, "seed \(seed): \(history.log)")
        }
    }
}

/// A history, as it is made, in the ledger and in the model.
private struct History {
    private(set) var ledger = Ledger()
    private(set) var model = CustomerModel()
    private var follower = Follower()
    private(set) var log: [String] = []
    private(set) var problem: String?
    private var random: SeededGenerator
    private var corrections: CorrectionID = 0
    /// How the model names evidence with a record of its own, and how much of it there has been with these ends.
    private var names: [EvidenceID: CustomerModel.EvidenceID] = [:]
    private var counts: [IdentifierPair: Int] = [:]

    init(seed: UInt64) {
        random = SeededGenerator(seed: seed)
    }

    // MARK: Steps

    mutating func step() {
        switch Int.random(in: 0..<100, using: &random) {
        case 0..<40: identify()
        case 40..<48: link()
        case 48..<75: correct()
        case 75..<93: undo()
        default: erase()
        }
    }

    private mutating func email() -> Email { Email(stored: "e\(Int.random(in: 0..<5, using: &random))") }

    private mutating func phone() -> Phone {
        let key = "1\(Int.random(in: 0..<5, using: &random))"
        return Phone(stored: key, key: key)
    }

    private mutating func identifier() -> Identifier {
        Bool.random(using: &random) ? .email(email()) : .phone(phone())
    }

    private mutating func identify() {
        let which = Int.random(in: 0..<6, using: &random)
        let (email, phone) = (which == 0 ? nil : email(), which == 1 ? nil : phone())
        log.append("identify \(email?.text ?? "-") \(phone?.key ?? "-")")
        let newID = ledger.newest + 1
        let leftOut = ledger.identify(email, phone)
        nameRecords()
        let answer = model.identify(email?.text, phone?.key, newID: newID)
        expect(leftOut.contains(.email) == (answer.emailLeftOut != nil), "the e-mail left out")
        expect(leftOut.contains(.phoneNumber) == (answer.phoneLeftOut != nil), "the phone left out")
        let given = [email.map(Identifier.email), phone.map(Identifier.phone)].compactMap(\.self)
        let taken = given.first { !leftOut.contains($0.field) }
        expect(taken.flatMap { ledger.customer(of: $0)?.shape } == answer.customer?.shape, "the answer")
    }

    private mutating func link() {
        let (one, other) = (identifier(), identifier())
        // The contacts of new ones would have ids that the model is not told.
        if [one, other].contains(where: { ledger.customer(of: $0) == nil }) { return }
        log.append("link \(one.text) \(other.text)")
        let isLinked = ledger.link(one, to: other)
        nameRecords()
        let leftOut = model.importRow(one.row, linkedTo: other.row)
        expect(isLinked == !leftOut.contains(.link), "the link left out")
    }

    private mutating func correct() {
        corrections += 1
        switch Int.random(in: 0..<10, using: &random) {
        case 0..<4:
            let (email, phone) = (email(), phone())
            let pair = IdentifierPair(.email(email), .phone(phone))
            correct(.unlink, apart: [pair]) { .unlink(pair.model, evidence: $0) }
        case 4..<6:
            guard let evidence = ledger.graph.evidence.randomElement(using: &random) else { return }
            correct(.unlink, apart: [evidence.pair], evidence: [evidence.id]) { .unlink(evidence: $0) }
        case 6..<8:
            let contacts = ledger.customers.flatMap(\.contacts)
            guard let one = contacts.randomElement(using: &random), let other = contacts.randomElement(using: &random)
            else { return }
            let apart = one.owned.flatMap { identifier in other.owned.map { IdentifierPair(identifier, $0) } }
            if one.id == other.id || apart.isEmpty {
                expect(model.correct(.keepApart(one.id!, other.id!)) == .doesNotApply, "that it applies")
                return
            }
            correct(.keepApart, apart: apart) { .keepApart(one.id!, other.id!, evidence: $0) }
        default:
            let identifier = identifier()
            let isTrust = Int.random(in: 0..<5, using: &random) == 0
            correct(isTrust ? .trust : .disown, identifier: identifier) { _ in
                isTrust ? .trust(identifier.model) : .disown(identifier.model)
            }
        }
    }

    private mutating func correct(
        _ kind: Correction.Kind, apart: [IdentifierPair] = [], evidence: Set<EvidenceID> = [],
        identifier: Identifier? = nil, _ claim: (Set<CustomerModel.EvidenceID>) -> CustomerModel.Claim
    ) {
        let named = Set(evidence.map { names[$0] ?? .contact($0) })
        log.append("\(corrections): \(claim(named))")
        do throws(Ledger.Refusal) {
            let before = (ledger, model)
            let (id, made) = try ledger.correct(
                corrections, kind, apart: apart, evidence: evidence, identifier: identifier)
            guard case .done(id, _) = model.correct(claim(named), newID: corrections, newContacts: made) else {
                return expect(false, "that it is done")
            }
            if id == corrections, Int.random(in: 0..<3, using: &random) == 0 {
                expectUndoRestores(before.0, before.1)
            }
        } catch .connected(let connection) {
            guard case .stillConnected = model.correct(claim(named)) else { return expect(false, "what is connected") }
            expectPath(connection, of: apart, without: evidence)
            // Of an unlink by evidence, what else is named is to be parted, too.
            if !evidence.isEmpty { return }
            corrections += 1
            correct(kind, apart: apart, evidence: Set(connection.cut), claim)
        } catch {
            expect(model.correct(claim(named)) == .unknown, "that it is unknown")
        }
    }

    /// Contacts that a correction had to make stay, and own nothing then.
    private mutating func expectUndoRestores(_ before: Ledger, _ modelBefore: CustomerModel) {
        var (ledger, model) = (ledger, model)
        guard (try? ledger.undo([corrections])) == [], case .done = model.undo([corrections]) else {
            return expect(false, "that what was corrected last can be undone")
        }
        expect(before.customers.map(\.shape) == ledger.customers.map(\.shape), "what there was before")
        expect(modelBefore.customers == model.customers, "the customers that there were before")
    }

    /// A chain of evidence that stands from the one end to the other.
    private mutating func expectPath(
        _ connection: CustomerGraph.StillConnected, of apart: [IdentifierPair], without evidence: Set<EvidenceID>
    ) {
        let all = Dictionary(uniqueKeysWithValues: ledger.graph.evidence.map { ($0.id, $0) })
        let path = connection.path.map { all[$0]! }
        let isChain = apart.contains { pair in
            pair.ends.contains { start in
                var place: Identifier? = start
                for piece in path {
                    let ends = piece.pair.ends
                    place = place == ends[0] ? ends[1] : place == ends[1] ? ends[0] : nil
                }
                return place.map { IdentifierPair(start, $0) }.map(apart.contains) == true
            }
        }
        expect(isChain && path.allSatisfy { ledger.graph.stands($0) && !evidence.contains($0.id) }, "the path")
    }

    private mutating func undo() {
        guard !ledger.corrections.isEmpty else { return }
        let ids = Set(
            (0..<Int.random(in: 1...2, using: &random)).map { _ in
                ledger.corrections.keys.sorted().randomElement(using: &random)!
            })
        log.append("undo \(ids.sorted())")
        do throws(Ledger.Refusal) {
            let made = try ledger.undo(ids)
            guard case .done = model.undo(ids, newContacts: made) else { return expect(false, "that it is undone") }
        } catch .keptApart(let corrections) {
            expect(model.undo(ids) == .keptApart(Set(corrections.map(\.id))), "what keeps apart")
        } catch {
            expect(model.undo(ids) == .erased, "that it was erased")
        }
    }

    private mutating func erase() {
        if Bool.random(using: &random), let customer = ledger.customers.randomElement(using: &random) {
            let id = customer.contacts.randomElement(using: &random)!.id!
            log.append("erase \(id)")
            expect(model.erase(id) == .erased(ledger.erase(customer, naming: [])), "what is erased")
            return
        }
        let identifier = identifier()
        log.append("erase \(identifier.text)")
        let customer = ledger.customer(of: identifier)
        let isDisowned = ledger.standing.contains { $0.disowned == identifier }
        if customer == nil && !isDisowned {
            expect(model.erase(identifier.row.email, identifier.row.phone) == .unknown, "that it is unknown")
            return
        }
        let erased = ledger.erase(customer, naming: isDisowned ? [identifier] : [])
        expect(model.erase(identifier.row.email, identifier.row.phone) == .erased(erased), "what is erased")
    }

    /// Whether three more corrections come to the same from the last to the first, if all can be made.
    mutating func isSameInAnyOrder() -> Bool {
        let pairs = (0..<2).map { _ in IdentifierPair(.email(email()), .phone(phone())) }
        let disowned = identifier()
        func correct(_ order: [Int]) -> Set<Set<Identifier>>? {
            var ledger = ledger
            for index in order {
                let apart = pairs.indices.contains(index) ? [pairs[index]] : []
                let id = corrections + 1 + CorrectionID(index)
                let made = try? ledger.correct(
                    id, apart.isEmpty ? .disown : .unlink, apart: apart, identifier: apart.isEmpty ? disowned : nil)
                if made == nil { return nil }
            }
            return Set(ledger.customers.map { Set($0.owned) })
        }
        guard let one = correct([0, 1, 2]), let other = correct([2, 1, 0]) else { return true }
        return one == other
    }

    private mutating func nameRecords() {
        guard let record = ledger.records.last, names[record.id] == nil else { return }
        names[record.id] = .record(record.pair.model, counts[record.pair, default: 0])
        counts[record.pair, default: 0] += 1
    }

    private mutating func expect(_ isSo: Bool, _ what: String) {
        if !isSo && problem == nil { problem = what }
    }

    // MARK: What both say

    /// What they do not agree about.
    mutating func difference() -> String? {
        if let problem { return problem }
        for customer in ledger.customers {
            let primary = customer.contacts[0].id!
            guard case .live(let known, let rows) = model.status(of: primary) else { return "\(primary) is not live" }
            if known.shape != customer.shape { return "\(customer.shape) or \(known.shape)" }
            let holdings = customer.contacts.map { holding in
                (
                    holding.id!,
                    CustomerModel.Contact(email: holding.email?.text, phone: holding.phone?.key, primary: primary)
                )
            }
            if Dictionary(uniqueKeysWithValues: holdings) != rows { return "the rows of \(primary)" }
        }
        let live = model.contacts.values.filter { !$0.isErased }
        if Set(live.map(\.primary)).count != ledger.customers.count { return "how many customers there are" }
        if !follower.agrees(with: model) { return "the feed and who is whose" }
        return ledger.isViolated ? "two who are kept apart are one" : nil
    }
}

/// Who knows which contacts have been primaries, and what the feed says.
private struct Follower {
    private var read = 0
    /// Of each id that it knows and that was not erased.
    private var primaries: [CustomerModel.ID: CustomerModel.ID] = [:]

    mutating func agrees(with model: CustomerModel) -> Bool {
        for change in model.feed[read...].joined() {
            switch change {
            case .parted(let primary, _, let contacts):
                for id in contacts + [primary] { primaries[id] = primary }
            case .merged(let merge):
                for id in primaries.keys where primaries[id] == merge.absorbed { primaries[id] = merge.primary }
                for id in [merge.primary, merge.absorbed] { primaries[id] = merge.primary }
            case .erased(let contacts):
                for id in contacts { primaries[id] = nil }
            }
        }
        read = model.feed.count
        for (id, contact) in model.contacts where contact.primary == id && !contact.isErased {
            primaries[id] = primaries[id] ?? id
        }
        return primaries.allSatisfy { model.contacts[$0]?.primary == $1 && model.contacts[$0]?.isErased == false }
    }
}

extension Identifier {
    fileprivate var text: String {
        switch self {
        case .email(let email): email.text
        case .phone(let phone): phone.key
        }
    }

    fileprivate var model: CustomerModel.Identifier {
        switch self {
        case .email: .email(text)
        case .phone: .phone(text)
        }
    }

    fileprivate var row: CustomerModel.Row {
        field == .email ? (text, nil) : (nil, text)
    }
}

extension IdentifierPair {
    fileprivate var model: CustomerModel.Pair { CustomerModel.Pair(one.model, other.model) }
}
