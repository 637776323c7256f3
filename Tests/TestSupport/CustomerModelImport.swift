// MARK: - Import

extension CustomerModel {
    public typealias Row = (email: String?, phone: String?)

    /// What of a row does not take part.
    public enum LeftOut: Hashable, Sendable {
        case email
        case phone
        case link
    }

    /// - Parameter other: A row of the same customer that was imported before.
    public mutating func importRow(_ row: Row, linkedTo other: Row? = nil) -> Set<LeftOut> {
        let reasons = leftOut(row.email, row.phone)
        let emailLeftOut: Set<LeftOut> = reasons.email == nil ? [] : [.email]
        let phoneLeftOut: Set<LeftOut> = reasons.phone == nil ? [] : [.phone]
        observe(email: row.email, phone: row.phone)
        let isLinked = other.map { link(row, to: $0) } ?? true
        return emailLeftOut.union(phoneLeftOut).union(isLinked ? [] : [.link])
    }

    /// - Returns: Whether both are one customer's afterwards.
    private mutating func link(_ row: Row, to other: Row) -> Bool {
        guard let one = first(row), let other = first(other) else { return false }
        for end in [one, other] where owners[end] == nil {
            let contact = Contact(end, primary: 0)
            add(contact.email, contact.phone, to: nil, nil)
        }
        if reasonAgainst(one, other) != nil { return false }
        if one != other { tie(one, other) }
        return true
    }

    /// Of what takes part.
    private func first(_ row: Row) -> Identifier? {
        Identifier.all(row.email, row.phone).first { !disowned.contains($0) }
    }
}
