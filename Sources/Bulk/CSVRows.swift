internal import ContactStore
internal import Identity

/// The rows of a CSV file, each with whose customer it is.
///
/// A row may be linked to one that comes later. It waits for that, in memory, until the end of the file: only then is it known
/// whether the other is there.
final class CSVRows: ImportRows {
    private var reader: CSVReader
    private let columns: LinkColumns
    private let check: RowCheck
    private var links = RowLinks()
    private var waiting: [Waiting] = []
    private var isAtEnd = false

    private struct Waiting {
        let row: CSVReader.Row
        let observation: Observation
        let id: RowID
        let target: RowID
    }

    init(_ reader: CSVReader, check: RowCheck) {
        self.reader = reader
        self.check = check
        columns = check.columns.links
    }

    func next() throws(FileError) -> ImportRow? {
        while !isAtEnd {
            if let row = try reader.next() {
                if let row = look(at: row) { return row }
            } else {
                isAtEnd = true
                settle()
                waiting.reverse()
            }
        }
        return waiting.popLast().map { last in
            switch links[last.target] {
            case .taken: taken(last.row, last.observation, linkedTo: last.target, as: last.id)
            case .rejected: rejected(last.row, CSVRows.linkedToRejected)
            case .unseen, .waiting: rejected(last.row, "the row is linked to one that is not in the file")
            }
        }
    }

    private static let linkedToRejected = "the row is linked to one that was rejected"

    /// - Returns: `nil` where the row waits.
    private func look(at row: CSVReader.Row) -> ImportRow? {
        let fields: [[UInt8]]
        switch row.content {
        case .fields(let whole): fields = whole
        case .fault(let reason): return rejected(row, "the row \(reason)")
        }
        let id = columns.id.flatMap { RowID(fields[$0]) }
        var target = columns.target.flatMap { RowID(fields[$0]) }
        if target == id { target = nil }
        if let id {
            if links[id] != .unseen { return rejected(row, "the row has the id of another row") }
            _ = links.group(of: id, linkedTo: target)
        }
        if let deletedAt = columns.deletedAt, !fields[deletedAt].isNull {
            if let id { links[id] = .taken }
            return ImportRow(line: row.line, written: row.written, meaning: .deleted)
        }
        do {
            let observation = try checked(fields, id, target)
            if let id, let target, links[target] == .unseen || links[target] == .waiting {
                links[id] = .waiting
                waiting.append(Waiting(row: row, observation: observation, id: id, target: target))
                return nil
            }
            if let id { links[id] = .taken }
            return taken(row, observation, linkedTo: target, as: id)
        } catch {
            if let id { links[id] = .rejected }
            return rejected(row, error.reason, linkedTo: target)
        }
    }

    private func checked(
        _ fields: [[UInt8]], _ id: RowID?, _ target: RowID?
    ) throws(RowCheck.Rejection) -> Observation {
        if columns.id != nil && id == nil {
            throw RowCheck.Rejection(reason: "the row has no id")
        }
        if let precedence = columns.precedence.map({ String(decoding: fields[$0].withoutSpaces, as: UTF8.self) }) {
            if precedence.lowercased() == "secondary" && target == nil {
                throw RowCheck.Rejection(reason: "the row is secondary, and names no other row")
            }
            if precedence.lowercased() == "primary" && target != nil {
                throw RowCheck.Rejection(reason: "the row is primary, and is linked to another")
            }
        }
        let observation = try check.observation(of: fields)
        if let target, links[target] == .rejected { throw RowCheck.Rejection(reason: CSVRows.linkedToRejected) }
        return observation
    }

    private func taken(
        _ row: CSVReader.Row, _ observation: Observation, linkedTo target: RowID?, as id: RowID?
    ) -> ImportRow {
        guard id != nil || target != nil else {
            return ImportRow(line: row.line, written: row.written, meaning: .rows([BatchRow(observation)]))
        }
        let group = links.group(of: id, linkedTo: target)
        let others = links.identifiers(ofGroup: group)
        links.add(observation, toGroup: group)
        return ImportRow(
            line: row.line, written: row.written, meaning: .rows([BatchRow(observation, linkedTo: others)]),
            link: link(of: row, to: target, others))
    }

    private func rejected(
        _ row: CSVReader.Row, _ reason: String, linkedTo target: RowID? = nil
    ) -> ImportRow {
        let others = target.flatMap {
            links[$0] == .taken ? links.identifiers(ofGroup: links.group(of: $0, linkedTo: nil)) : nil
        }
        return ImportRow(
            line: row.line, written: row.written, meaning: .rejected(reason), link: link(of: row, to: target, others))
    }

    private func link(of row: CSVReader.Row, to target: RowID?, _ others: Observation?) -> ImportRow.Link? {
        guard target != nil, columns.id != nil, let others, case .fields(let fields) = row.content else { return nil }
        return ImportRow.Link(id: fields[columns.target!], identifiers: others)
    }

    /// Decides of each row that waits whether what it is linked to is there, and what that is linked to. Rows that are linked
    /// in a circle are one customer.
    private func settle() {
        let places = Dictionary(uniqueKeysWithValues: zip(waiting.map(\.id), waiting.indices))
        for start in waiting.indices {
            var way: [RowID] = []
            var place = start
            // Along the way a row counts as taken: so a circle ends at its beginning.
            while links[waiting[place].id] == .waiting {
                links[waiting[place].id] = .taken
                way.append(waiting[place].id)
                place = places[waiting[place].target] ?? place
            }
            let end = links[waiting[place].target]
            if end == .unseen || end == .rejected { for id in way { links[id] = .rejected } }
        }
    }
}
