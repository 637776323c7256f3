internal import Identity
internal import PostgreSQL

/// What a correction makes of stored customers: which rows change, and what the feed says of it.
struct CustomerWriter {
    /// A contact as it is to be stored.
    fileprivate struct Row {
        let id: ContactID
        let primaryID: ContactID
        let holding: CustomerGraph.Holding
        let written: CustomerGraph.WrittenContact
    }

    /// Each with the ids of all its contacts, the primary's first.
    private(set) var customers: [(customer: CustomerGraph.Customer, ids: [ContactID])] = []
    private var made: [Row] = []
    private var changed: [Row] = []
    private let before: [ContactID: StoredContact]
    private let primaries: Set<ContactID>

    /// - Parameters:
    ///   - newIDs: For the contacts that are to be made: ascending, above all others.
    init(
        _ customers: [CustomerGraph.Customer], of graph: CustomerGraph, before: [ContactID: StoredContact],
        newIDs: [ContactID]
    ) {
        self.before = before
        primaries = Set(before.values.map(\.primaryID))
        let written = Dictionary(uniqueKeysWithValues: graph.contacts.map { ($0.id, $0) })
        for customer in customers {
            let ids = customer.contacts.map { $0.id ?? newIDs[$0.made!] }
            self.customers.append((customer, ids))
            for (holding, id) in zip(customer.contacts, ids) {
                let contact =
                    written[id]
                    ?? CustomerGraph.WrittenContact(
                        id: id, email: holding.email, phone: holding.phone,
                        home: holding.email == nil ? .phoneNumber : .email)
                let row = Row(id: id, primaryID: ids[0], holding: holding, written: contact)
                if let stored = before[id] {
                    if !row.isStored(as: stored) { changed.append(row) }
                } else {
                    made.append(row)
                }
            }
        }
    }

    /// Whether any contact changes.
    var changesContacts: Bool { !made.isEmpty || !changed.isEmpty }

    // MARK: - Writing

    /// - Parameters:
    ///   - nobodys: The owners of what names nobody. They are written as primaries are: whoever else changes what the same
    ///     identifier ties meets this on a row.
    ///   - ended: Those of them that own what names nobody no longer.
    ///   - disowned: What names nobody from now on.
    func write(
        into pipeline: inout Pipeline, touching nobodys: [ContactID], ending ended: [ContactID],
        disowning disowned: [Identifier], from origin: RequestOrigin
    ) {
        pipeline.execute(ContactStatements.touch, [ArrayParameter(primaries + nobodys)])
        if !ended.isEmpty { pipeline.execute(CorrectionStatements.endNobody, [ArrayParameter(ended)]) }
        // An owner index takes no second owner at any moment: so first all let go, and then all take.
        rewrite(into: &pipeline) { row in
            (row.holding.ownsEmail && before[row.id]!.ownsEmail, row.holding.ownsPhone && before[row.id]!.ownsPhone)
        }
        for identifier in disowned {
            let (email, phone) = (identifier.email, identifier.phone)
            pipeline.execute(CorrectionStatements.insertNobody, [email?.text, phone?.text, phone?.key])
        }
        rewrite(into: &pipeline) { row in (row.holding.ownsEmail, row.holding.ownsPhone) }
        if !made.isEmpty {
            pipeline.execute(
                CorrectionStatements.insertContacts,
                Parameters(
                    CustomerWriter.columns(made) { ($0.holding.ownsEmail, $0.holding.ownsPhone) } + [
                        origin.client, origin.requestID,
                    ]))
        }
        writeChanges(into: &pipeline)
    }

    private func rewrite(into pipeline: inout Pipeline, owning: (Row) -> (email: Bool, phone: Bool)) {
        if changed.isEmpty { return }
        pipeline.execute(
            CorrectionStatements.rewriteContacts, Parameters(CustomerWriter.columns(changed, owning: owning)))
    }

    private static func columns(_ rows: [Row], owning: (Row) -> (email: Bool, phone: Bool)) -> [(any ParameterValue)?] {
        let owns = rows.map(owning)
        let withheld = rows.map(\.withheld)
        return [
            ArrayParameter(rows.map(\.id)), ArrayParameter(rows.map { $0.primaryID == $0.id ? nil : $0.primaryID }),
            ArrayParameter(rows.map(\.holding.email?.text)), ArrayParameter(rows.map(\.holding.phone?.text)),
            ArrayParameter(rows.map(\.holding.phone?.key)), ArrayParameter(owns.map(\.email)),
            ArrayParameter(owns.map(\.phone)), ArrayParameter(withheld.map(\.email?.text)),
            ArrayParameter(withheld.map(\.phone?.text)), ArrayParameter(withheld.map(\.phone?.key)),
            ArrayParameter(rows.map(\.written.home.rawValue)),
        ]
    }

    // MARK: - The feed

    /// Of each customer of before, those who leave part from it; then customers who come together merge.
    private func writeChanges(into pipeline: inout Pipeline) {
        var parted: [(primary: ContactID, from: ContactID, contacts: [ContactID])] = []
        var merged: [(primary: ContactID, absorbed: ContactID)] = []
        for (customer, ids) in customers {
            var heads: [ContactID] = []
            for (from, contacts) in Dictionary(
                grouping: zip(customer.contacts, ids).map { ($0.1, origin(of: $0.1, $0.0)) }, by: \.1)
            {
                let contacts = contacts.map(\.0).sorted()
                heads.append(contacts[0])
                if contacts[0] != from { parted.append((contacts[0], from, contacts)) }
            }
            merged += heads.filter { $0 != ids[0] }.map { (ids[0], $0) }
        }
        parted.sort { ($0.from, $0.primary) < ($1.from, $1.primary) }
        merged.sort { $0.absorbed < $1.absorbed }
        if parted.isEmpty && merged.isEmpty { return }
        pipeline.execute(
            CorrectionStatements.insertChanges,
            [
                ArrayParameter(parted.map { _ in "parted" } + merged.map { _ in "merged" }),
                ArrayParameter(parted.map(\.primary) + merged.map(\.primary)),
                ArrayParameter(parted.map(\.from) + merged.map(\.absorbed)),
                ArrayParameter(parted.map { ArrayParameter($0.contacts).text } + merged.map { _ in nil }),
            ])
    }

    /// The customer that a contact belonged to. One that is made comes from where its identifier was.
    private func origin(of id: ContactID, _ holding: CustomerGraph.Holding) -> ContactID {
        if let stored = before[id] { return stored.primaryID }
        let wrote = before.values.filter { stored in
            stored.ownsEmail && stored.email == holding.email
                || stored.ownsPhone && stored.phone?.key == holding.phone?.key
        }
        return wrote.first?.primaryID ?? id
    }
}

extension CustomerWriter.Row {
    fileprivate var withheld: (email: Email?, phone: Phone?) {
        (holding.email == nil ? written.email : nil, holding.phone == nil ? written.phone : nil)
    }

    fileprivate func isStored(as stored: StoredContact) -> Bool {
        primaryID == stored.primaryID && holding.ownsEmail == stored.ownsEmail && holding.ownsPhone == stored.ownsPhone
            && holding.email == stored.email && holding.phone?.key == stored.phone?.key
    }
}

extension Identifier {
    var email: Email? { if case .email(let email) = self { email } else { nil } }
    var phone: Phone? { if case .phone(let phone) = self { phone } else { nil } }
}
