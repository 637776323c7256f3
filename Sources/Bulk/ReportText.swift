public import ContactStore
internal import Identity

extension CustomerReport {
    /// For people, in columns.
    /// - Parameter showingIdentifiers: Else ids alone: e-mails and phones are personal data.
    public func text(showingIdentifiers: Bool) -> String {
        let all = ["\(totals.customers)", "\(totals.contacts)", "\(totals.emails)", "\(totals.phones)"]
        let sizes = largest.map { ["\($0.primaryID)", "\($0.contacts)", "\($0.emails)", "\($0.phones)"] }
        let ties = ties.map { tie in
            [tie.kind, "\(tie.contactID)", "\(tie.primaryID)", "\(tie.count)"]
                + (showingIdentifiers ? [tie.identifier] : [])
        }
        let tieColumns = ["kind", "introduced by", "primary", "ties"] + (showingIdentifiers ? ["identifier"] : [])
        let bridges = bridges.map { bridge in
            ["\(bridge.bridge.evidence.id)", "\(bridge.primaryID)"] + bridge.bridge.parts.map(String.init)
        }
        let counts = ignored.counts.map { [$0.field, $0.reason, "\($0.count)"] }
        return """
            All customers
            \(columns(["customers", "contacts", "emails", "phones"], [all]))

            The largest customers
            \(columns(["primary", "contacts", "emails", "phones"], sizes))

            The identifiers that tie the most others
            \(columns(tieColumns, ties))

            The evidence without which a customer would be two
            \(columns(["evidence", "primary", "contacts", "and contacts"], bridges))

            What was ignored in requests since \(ignored.since)
            \(columns(["field", "reason", "count"], counts))
            """
    }

    /// Each as wide as its widest cell, two spaces apart, the numbers to the right.
    private func columns(_ header: [String], _ rows: [[String]]) -> String {
        let table = [header] + rows
        let widths = header.indices.map { column in table.map { $0[column].count }.max() ?? 0 }
        return table.map { cells in
            zip(cells, widths).enumerated().map { column, cell in
                let padding = String(repeating: " ", count: cell.1 - cell.0.count)
                if header[column] == "identifier" { return cell.0 }
                return ["kind", "field", "reason"].contains(header[column]) ? cell.0 + padding : padding + cell.0
            }.joined(separator: "  ")
        }.joined(separator: "\n")
    }
}
