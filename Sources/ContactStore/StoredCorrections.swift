internal import Identity
internal import PostgreSQL

/// A contact as it is stored, and as its request wrote it.
struct StoredContact {
    let id: ContactID
    let primaryID: ContactID
    let email: Email?
    let phone: Phone?
    let withheldEmail: Email?
    let withheldPhone: Phone?
    let ownsEmail: Bool
    let ownsPhone: Bool
    let home: IdentifierField

    init(_ columns: inout Columns) throws {
        (id, primaryID) = (try columns.integer(), try columns.integer())
        (email, phone) = (columns.emailOrNull(), columns.phoneOrNull())
        (withheldEmail, withheldPhone) = (columns.emailOrNull(), columns.phoneOrNull())
        (ownsEmail, ownsPhone) = (columns.bool(), columns.bool())
        // Until a correction takes something out of it, what it owns is what it introduced.
        home =
            columns.textOrNull().flatMap(IdentifierField.init)
            ?? (ownsEmail || !ownsPhone && phone == nil ? .email : .phoneNumber)
    }

    /// As the rules list it: its home first.
    var held: [Identifier] {
        written.identifiers.filter { $0.email.map { $0 == email } ?? ($0.phone!.key == phone?.key) }
    }

    var written: CustomerGraph.WrittenContact {
        CustomerGraph.WrittenContact(
            id: id, email: email ?? withheldEmail, phone: phone ?? withheldPhone, home: home)
    }
}

struct StoredEvidence {
    let evidence: Evidence
    let isWithdrawn: Bool
    /// Whether it is no contact's own pair.
    let isRecord: Bool

    /// Of a contact that withholds one of its two.
    init(ofContact id: ContactID, _ pair: IdentifierPair) {
        evidence = Evidence(id: id, pair: pair)
        (isWithdrawn, isRecord) = (true, false)
    }

    init(_ columns: inout Columns) throws {
        let id = try columns.integer()
        evidence = Evidence(id: id, pair: try columns.pair())
        (isWithdrawn, isRecord) = (columns.bool(), true)
    }
}

/// A correction, with one of the pairs that it keeps apart.
struct StoredCorrection {
    let correction: Correction
    let isErased: Bool
    let isUndone: Bool

    init(_ columns: inout Columns) throws {
        let (id, kind) = (try columns.integer(), Correction.Kind(rawValue: try columns.text())!)
        let evidence = try columns.text().split(separator: ",").compactMap { EvidenceID($0) }
        (isErased, isUndone) = (columns.bool(), columns.bool())
        let identifier = columns.identifierOrNull()
        let (one, other) = (columns.identifierOrNull(), columns.identifierOrNull())
        let pair = one.flatMap { one in other.map { IdentifierPair(one, $0) } }
        correction = Correction(
            id: id, kind: kind, apart: pair.map { [$0] } ?? [], evidence: Set(evidence), identifier: identifier)
    }
}

extension Correction {
    /// - Parameter rows: All of one correction.
    init(_ rows: [StoredCorrection]) {
        let first = rows[0].correction
        self.init(
            id: first.id, kind: first.kind, apart: Array(Set(rows.flatMap(\.correction.apart))),
            evidence: first.evidence, identifier: first.identifier)
    }
}

struct CorrectionRow {
    let stored: StoredCorrection
    let at: String
    let origin: RequestOrigin
    let note: String?
    let undoneAt: String?

    init(_ columns: inout Columns) throws {
        stored = try StoredCorrection(&columns)
        (at, origin, note) = (try columns.text(), RequestOrigin(&columns), columns.textOrNull())
        undoneAt = columns.textOrNull()
    }
}

/// Identifiers as the parameters of a statement: e-mails, and phone keys.
struct IdentifierArrays {
    let parameters: [any ParameterValue]

    init(_ identifiers: Set<Identifier>) {
        var (emails, phones): ([String], [String]) = ([], [])
        for identifier in identifiers {
            switch identifier {
            case .email(let email): emails.append(email.text)
            case .phone(let phone): phones.append(phone.key)
            }
        }
        parameters = [ArrayParameter(emails), ArrayParameter(phones)]
    }
}

extension Columns {
    /// Of three columns: an e-mail, a phone and its key; none, one or both.
    mutating func identifiers() -> [Identifier] {
        let (email, phone) = (emailOrNull(), phoneOrNull())
        return [email.map(Identifier.email), phone.map(Identifier.phone)].compactMap(\.self)
    }

    /// Of the same, where one of both is there at most.
    mutating func identifierOrNull() -> Identifier? { identifiers().first }

    /// Of six columns: those of the one end, and of the other.
    mutating func pair() throws -> IdentifierPair {
        let ends = identifiers() + identifiers()
        guard ends.count == 2 else { throw DatabaseError(.unreadable, "a pair has other than two ends") }
        return IdentifierPair(ends[0], ends[1])
    }

    mutating func identifier() throws -> Identifier {
        guard let identifier = identifierOrNull() else { throw DatabaseError(.unreadable, "an identifier is missing") }
        return identifier
    }
}
