internal import APIKeys
internal import Identity

/// Which rows of a file are one customer by its links, and which identifiers of theirs came first.
///
/// Kept is, for each id, a number of its group (16 to 32 bytes), and for each group a union-find parent and the
/// identifiers, as bytes one behind the other (docs/decisions/0025).
struct RowLinks {
    /// What became of the row that has an id.
    enum Status: UInt32 {
        /// So far, others only link to it.
        case unseen
        /// It is linked to a row that has not come yet.
        case waiting
        /// It was imported, or left out because it is deleted.
        case taken
        case rejected
    }

    private struct Entry {
        private var bits: UInt32

        init(group: Int) { bits = UInt32(group) << 2 }

        var group: Int { Int(bits >> 2) }
        var status: Status {
            get { Status(rawValue: bits & 3)! }
            set { bits = bits & ~3 | newValue.rawValue }
        }
    }

    private var entries: [RowID: Entry] = [:]
    private var groups = DisjointSets()
    /// Where in `texts` the identifiers of each group begin; 0: nowhere.
    private var references: [Int] = []
    private var texts: [UInt8] = [0]

    /// To be set where the id has a group.
    subscript(id: RowID) -> Status {
        get { entries[id]?.status ?? .unseen }
        set { entries[id]!.status = newValue }
    }

    /// The customer of a row.
    mutating func group(of id: RowID?, linkedTo target: RowID?) -> Int {
        let roots = [id, target].compactMap(\.self).map { groups.root(of: group(of: $0)) }
        guard let first = roots.first, let last = roots.last else { return newGroup() }
        if first == last { return first }
        // At most one of the two has been imported: the other knows rows that wait.
        let (parent, child) = references[last] != 0 ? (last, first) : (first, last)
        groups.join(child, to: parent)
        return parent
    }

    private mutating func group(of id: RowID) -> Int {
        if let entry = entries[id] { return entry.group }
        let group = newGroup()
        entries[id] = Entry(group: group)
        return group
    }

    private mutating func newGroup() -> Int {
        references.append(0)
        return groups.add()
    }

    /// Of the rows that the customer has so far: an e-mail, a phone, or both.
    mutating func identifiers(ofGroup group: Int) -> Observation? {
        let start = references[groups.root(of: group)]
        if start == 0 { return nil }
        let lengths = texts[start..<start + 3].map(Int.init)
        var position = start + 3
        let parts = lengths.map { length in
            defer { position += length }
            return String(decoding: texts[position..<position + length], as: UTF8.self)
        }
        return Observation(
            email: lengths[0] > 0 ? Email(stored: parts[0]) : nil,
            phone: lengths[2] > 0 ? Phone(stored: parts[1], key: parts[2]) : nil)
    }

    /// Another row of the customer: what it has of a kind that no row before it had is kept.
    mutating func add(_ observation: Observation, toGroup group: Int) {
        let known = identifiers(ofGroup: group)
        let (email, phone) = (known?.email ?? observation.email, known?.phone ?? observation.phone)
        if known != nil && (known?.email != nil) == (email != nil) && (known?.phone != nil) == (phone != nil) { return }
        references[groups.root(of: group)] = texts.count
        // The longest are 254, 64 and 32 bytes (`contact_identifiers_are_short`).
        let parts = [email?.text ?? "", phone?.text ?? "", phone?.key ?? ""]
        texts += parts.map { UInt8($0.utf8.count) }
        for part in parts { texts += part.utf8 }
    }
}

/// What a row calls itself, and others call it by: a number, a UUID or any other text.
///
/// Of a text it is 63 bits of the SHA-256: of a million texts, two are the same in one of 18 million files.
struct RowID: Hashable {
    private let number: UInt64

    /// - Returns: `nil` for none: an empty field, or NULL as databases write it.
    init?(_ field: [UInt8]) {
        guard !field.isNull else { return nil }
        let text = field.withoutSpaces
        // A column of numbers with gaps comes out of pandas as 11.0.
        let whole = text.suffix(2).elementsEqual(".0".utf8) ? text.dropLast(2) : text
        if let number = Int64(String(decoding: whole, as: UTF8.self)), number >= 0 {
            self.number = UInt64(number)
        } else {
            let digest = Digest(of: Array(text)).hexadecimal.prefix(16)
            number = UInt64(digest, radix: 16)! | 1 << 63
        }
    }
}

extension [UInt8] {
    /// Without white space at both ends.
    var withoutSpaces: ArraySlice<UInt8> {
        let behind = drop(while: \.isSpace)
        return behind.prefix(upTo: (behind.lastIndex { !$0.isSpace }).map { $0 + 1 } ?? behind.startIndex)
    }

    /// Nothing, or NULL as psql, MySQL and others write it.
    var isNull: Bool {
        let text = withoutSpaces
        if text.isEmpty { return true }
        guard text.count <= 4 else { return false }
        return ["null", "\\n"].contains(String(decoding: text, as: UTF8.self).lowercased())
    }
}
