import Identity
import PostgreSQL
import TestSupport
import Testing

@testable import ContactStore

/// Random requests, corrections, undos and erasures over few identifiers, in the store and in the model of
/// docs/specification.md.
@Suite("The store corrects identities")
struct CorrectionStoreTests {
    @Test("as the model says, in 300 histories of 50 steps", arguments: 0..<6 as Range<UInt64>)
    func model(chunk: UInt64) throws {
        let database = try TestDatabase()
        let (store, connection) = (try TestStore(database), try database.connect())
        for seed in chunk * 50..<(chunk + 1) * 50 {
            var history = StoreHistory(store, connection, seed: seed)
            for step in 0..<50 {
                try history.step()
                if step % 10 == 9 { try history.readAll() }
                try #require(history.problem == nil, "seed \(seed), step \(step): \(history.log)")
            }
            #expect(try database.customers() == history.model.customers, "seed \(seed): \(history.log)")
            #expect(try database.findings() == [], "seed \(seed): \(history.log)")
            try database.run(
                "TRUNCATE contact, withheld, evidence, correction, kept_apart, change RESTART IDENTITY")
        }
    }
}

private struct StoreHistory {
    private let store: TestStore
    private let connection: Connection
    private(set) var model = CustomerModel()
    private(set) var log: [String] = []
    private(set) var problem: String?
    private var random: SeededGenerator
    private var corrections: [CorrectionID] = []

    init(_ store: TestStore, _ connection: Connection, seed: UInt64) {
        (self.store, self.connection) = (store, connection)
        random = SeededGenerator(seed: seed)
    }

    mutating func step() throws {
        let (email, phone) = (
            "e\(Int.random(in: 0..<5, using: &random))@x", "10\(Int.random(in: 0..<5, using: &random))"
        )
        let next = try connection.nextContactID()
        switch Int.random(in: 0..<100, using: &random) {
        case 0..<45:
            let which = Int.random(in: 0..<6, using: &random)
            let (email, phone) = (which == 0 ? nil : email, which == 1 ? nil : phone)
            log.append("identify \(email ?? "-") \(phone ?? "-")")
            let (expected, found) = (model.identify(email, phone, newID: next), try store.identify(email, phone))
            expect(found.cluster?.shape, expected.customer?.shape)
            expect(found.leftOut.contains { $0.field == .email }, expected.emailLeftOut != nil)
            expect(found.leftOut.contains { $0.field == .phoneNumber }, expected.phoneLeftOut != nil)
        case 45..<60:
            let pair = IdentifierPair(.email(Email(stored: email)), .phone(Phone(stored: phone, key: phone)))
            try correct(.unlink(pair, evidence: []), .unlink(.init(.email(email), .phone(phone))), next)
        case 60..<66:
            let ids = model.contacts.filter { !$1.isErased }.keys.sorted()
            guard let one = ids.randomElement(using: &random), let other = ids.randomElement(using: &random) else {
                return
            }
            try correct(.keepApart(one, other, evidence: []), .keepApart(one, other), next)
        case 66..<74:
            if Bool.random(using: &random) {
                try correct(.disown(.email(Email(stored: email))), .disown(.email(email)), next)
            } else {
                try correct(.disown(.phone(Phone(stored: phone, key: phone))), .disown(.phone(phone)), next)
            }
        case 74..<93:
            let ids = Set((0..<2).compactMap { _ in corrections.randomElement(using: &random) })
            if ids.isEmpty { return }
            log.append("undo \(ids.sorted())")
            let expected = model.undo(ids, newContacts: Array(next..<next + 20))
            do {
                let customers = try store.undo(ids).customers
                guard case .done(let answered) = expected else { return expect("done", "\(expected)") }
                expectAll(of: answered, in: customers)
            } catch let refusal as CorrectionRefusal {
                switch (refusal, expected) {
                case (.unknown, .unknown), (.erased, .erased): break
                case (.keptApart(let ids), .keptApart(let others)): expect(Set(ids), others)
                default: expect("\(refusal)", "\(expected)")
                }
            }
        default:
            log.append("erase \(email)")
            let expected = model.erase(email, nil)
            switch (try store.erase(email, nil), expected) {
            case (.erased(let ids), .erased(let others)): expect(ids, others)
            case (.unknown, .unknown): break
            case (let found, _): expect("\(found)", "\(expected)")
            }
        }
    }

    private mutating func correct(
        _ subject: CorrectionSubject, _ claim: CustomerModel.Claim, _ next: ContactID
    ) throws {
        log.append("\(claim)")
        let number = (corrections.max() ?? 0) + 1
        let before = model
        let expected = model.correct(claim, newID: number, newContacts: Array(next..<next + 20))
        do {
            let corrected = try store.correct(subject)
            guard case .done(let id, let customers) = expected else { return expect("done", "\(expected)") }
            // Refused ones take no ids in the model.
            let real = corrected.records[0].correction.id
            if id == number && real != id {
                model = before
                _ = model.correct(claim, newID: real, newContacts: Array(next..<next + 20))
            }
            if !corrections.contains(real) { corrections.append(real) }
            expectAll(of: customers, in: corrected.customers)
        } catch let refusal as CorrectionRefusal {
            switch (refusal, expected) {
            case (.unknown, .unknown), (.erased, .erased), (.doesNotApply, .doesNotApply),
                (.stillConnected, .stillConnected):
                break
            default: expect("\(refusal)", "\(expected)")
            }
        }
    }

    /// Those who are named are among those who are answered.
    private mutating func expectAll(of expected: [CustomerModel.Customer], in customers: [CorrectedCustomer]) {
        let found = customers.map { customer in
            let parts = [
                customer.emails.map(\.text), customer.phones.map(\.key), customer.secondaryIDs.map { "\($0!)" },
            ]
            return "\(customer.primaryID!): " + parts.map { $0.joined(separator: ",") }.joined(separator: " | ")
        }
        for customer in expected where !found.contains(customer.shape) {
            expect(found.joined(separator: "; "), customer.shape)
        }
    }

    /// What became of each id.
    mutating func readAll() throws {
        for id in model.contacts.keys.sorted() {
            switch (try store.status(of: id), model.status(of: id)) {
            case (.live(let found), .live(let customer, let rows)):
                expect(found.cluster.shape, customer.shape)
                let held = found.rows.map { "\($0.id) \($0.email ?? "-") \($0.phone?.key ?? "-")" }
                let holding = rows.sorted { $0.key < $1.key }
                expect(held, holding.map { "\($0) \($1.email ?? "-") \($1.phone ?? "-")" })
                expect(
                    Set(found.evidence.map(shape)),
                    Set(model.evidence(of: id).map { shape($0, isWithdrawn: !model.stands($0)) }))
                expect(Set(found.corrections.map(\.correction.id)), model.corrections(of: id))
            case (.erased, .erased): break
            case (let found, let expected): expect("\(found)", "\(expected)")
            }
        }
    }

    private func shape(_ evidence: History.Evidence) -> String {
        let ends = evidence.emails.map { "email \($0)" } + evidence.phones.map { "phone \($0.key)" }
        let contact = model.contacts[evidence.id].map { _ in evidence.id }
        return shape(contact, ends, evidence.isWithdrawn)
    }

    private func shape(_ evidence: CustomerModel.Evidence, isWithdrawn: Bool) -> String {
        let contact = if case .contact(let id) = evidence.id { id } else { nil as ContactID? }
        return shape(contact, evidence.pair.ends.map(\.text), isWithdrawn)
    }

    /// - Parameter contact: `nil` for a record, whose number the model does not know.
    private func shape(_ contact: ContactID?, _ ends: [String], _ isWithdrawn: Bool) -> String {
        "\(contact.map(String.init) ?? "record") of \(ends.joined(separator: ", "))\(isWithdrawn ? ", withdrawn" : "")"
    }

    private mutating func expect<Value: Equatable>(_ found: Value, _ expected: Value) {
        if found != expected && problem == nil {
            problem = "\(found), not \(expected)"
            log.append(problem!)
        }
    }
}
