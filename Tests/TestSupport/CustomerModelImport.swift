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
        let other = other.map(rest)
        if let other, (row.email == nil) != (row.phone == nil), let tie = CustomerModel.tie(row, other),
            leftOut(tie.email, tie.phone) == (nil, nil)
        {
            observe(email: tie.email, phone: tie.phone)
            return []
        }
        let reasons = leftOut(row.email, row.phone)
        observe(email: row.email, phone: row.phone)
        let taken = (reasons.email == nil ? row.email : nil, reasons.phone == nil ? row.phone : nil)
        var parts: Set<LeftOut> = []
        if reasons.email != nil { parts.insert(.email) }
        if reasons.phone != nil { parts.insert(.phone) }
        if let other, taken != (nil, nil), !link(taken, to: other) { parts.insert(.link) }
        return parts
    }

    /// What takes part of a row that was imported: without a phone that is not its e-mail's customer's.
    private func rest(_ row: Row) -> Row {
        let owners = owners(row.email, row.phone)
        return owners.email != nil && owners.email != owners.phone ? (row.email, nil) : row
    }

    /// An identifier of the one with one of the other kind of the other.
    private static func tie(_ row: Row, _ other: Row) -> (email: String, phone: String)? {
        if let email = other.email, let phone = row.phone { return (email, phone) }
        if let email = row.email, let phone = other.phone { return (email, phone) }
        return nil
    }

    /// - Returns: Whether both are one customer's afterwards.
    private mutating func link(_ row: Row, to other: Row) -> Bool {
        if let tie = CustomerModel.tie(row, other) {
            if leftOut(tie.email, tie.phone) != (nil, nil) { return false }
            observe(email: tie.email, phone: tie.phone)
            return true
        }
        observe(email: other.email, phone: other.phone)
        let ends = [other, row].map { Identifier.all($0.email, $0.phone)[0] }
        guard ends.allSatisfy({ owners[$0] != nil }) else { return true }
        if reasonAgainst(ends[0], ends[1]) != nil { return false }
        if ends[0] != ends[1] { tie(ends[0], ends[1]) }
        return true
    }
}
