/// docs/specification.md as a program, a function for each of its sections, in the files that begin with this one's name. It
/// shares no code with the service, and takes identifiers as texts that are their own keys.
public struct CustomerModel: Sendable {
    public typealias ID = Int64

    // MARK: State

    /// Each by its id: an erased one stays, empty.
    public internal(set) var contacts: [ID: Contact] = [:]
    /// Evidence that is not a contact.
    var records: [Pair: Records] = [:]
    public internal(set) var corrections: [ID: Correction] = [:]
    /// What the feed says, a list for each transaction.
    public private(set) var feed: [[Change]] = []

    // What follows from these.

    /// Of each primary, live or erased: its contacts.
    var members: [ID: [ID]] = [:]
    /// The oldest contact that holds an identifier.
    var owners: [Identifier: ID] = [:]
    /// The ends of evidence that stands.
    var tied: Set<Pair> = []
    /// What standing corrections disown and keep apart, and the evidence that corrections list which are not undone.
    var disowned: Set<Identifier> = []
    var apart: Set<Pair> = []
    var withdrawn: Set<EvidenceID> = []
    /// Of each id, what the feed says of it.
    private var changes: [ID: [Change]] = [:]
    var newest: ID = 0

    public let maximumClusterSize: Int
    public static let largestErasure = 10_000

    public init(maximumClusterSize: Int = .max) {
        self.maximumClusterSize = maximumClusterSize
    }

    public enum Identifier: Hashable, Comparable, Sendable {
        case email(String)
        case phone(String)

        public static func all(_ email: String?, _ phone: String?) -> [Identifier] {
            [email.map(Identifier.email), phone.map(Identifier.phone)].compactMap(\.self)
        }

        /// "email …" or "phone …"
        public var text: String {
            switch self {
            case .email(let text): "email \(text)"
            case .phone(let text): "phone \(text)"
            }
        }
    }

    /// Two identifiers, in either order.
    public struct Pair: Hashable, Comparable, Sendable {
        private let one: Identifier
        private let other: Identifier

        public static func < (pair: Pair, other: Pair) -> Bool { (pair.one, pair.other) < (other.one, other.other) }

        public init(_ one: Identifier, _ other: Identifier) {
            (self.one, self.other) = one < other ? (one, other) : (other, one)
        }

        public var ends: [Identifier] { [one, other] }
    }

    public struct Contact: Hashable, Sendable {
        /// As they came in its request; an older contact may have introduced one of them.
        public internal(set) var email: String?
        public internal(set) var phone: String?
        /// Its own id, if it is the primary.
        public internal(set) var primary: ID
        public internal(set) var isErased = false
        /// Whether it introduced only the phone of both.
        var isHomePhone = false

        public init(email: String? = nil, phone: String? = nil, primary: ID, isErased: Bool = false) {
            (self.email, self.phone, self.primary, self.isErased) = (email, phone, primary, isErased)
        }

        init(_ identifier: Identifier, primary: ID) {
            self.init(primary: primary)
            switch identifier {
            case .email(let text): email = text
            case .phone(let text): phone = text
            }
        }

        mutating func forget(_ identifiers: Set<Identifier>) {
            if let text = email, identifiers.contains(.email(text)) { email = nil }
            if let text = phone, identifiers.contains(.phone(text)) { phone = nil }
            if email == nil || phone == nil { isHomePhone = false }
        }

        /// Home first.
        var written: [Identifier] {
            isHomePhone ? Identifier.all(email, phone).reversed() : Identifier.all(email, phone)
        }

        var pair: Pair? {
            guard let email, let phone else { return nil }
            return Pair(.email(email), .phone(phone))
        }
    }

    /// Evidence by what it is, and not by a number: in which order others were given theirs changes nothing.
    public enum EvidenceID: Hashable, Sendable {
        case contact(ID)
        /// The first with these ends is 0.
        case record(Pair, Int)
    }

    /// Those with the same ends.
    struct Records: Hashable, Sendable {
        var made = 0
        /// The first of them, erased.
        var erased = 0

        var ids: Range<Int> { erased..<made }
    }

    /// A customer as it is answered.
    public struct Customer: Hashable, Sendable {
        public let primary: ID
        /// What each contact owns, in order of their ids.
        public let emails: [String]
        public let phones: [String]
        public let secondaries: [ID]

        public init(primary: ID, emails: [String], phones: [String], secondaries: [ID]) {
            (self.primary, self.emails, self.phones, self.secondaries) = (primary, emails, phones, secondaries)
        }

        public var ids: [ID] { [primary] + secondaries }

        /// As `Cluster.shape`.
        public var shape: String {
            let parts = [emails, phones, secondaries.map(String.init)]
            return "\(primary): " + parts.map { $0.joined(separator: ",") }.joined(separator: " | ")
        }
    }

    /// The primaries of the customers who have the one or the other.
    public func owners(_ email: String?, _ phone: String?) -> (email: ID?, phone: ID?) {
        (email.flatMap { primary(of: .email($0)) }, phone.flatMap { primary(of: .phone($0)) })
    }

    func primary(of identifier: Identifier) -> ID? {
        owners[identifier].map { contacts[$0]!.primary }
    }

    /// Of a contact; `nil` where it is erased, or there is none.
    public func customer(of contact: ID) -> Customer? {
        guard let contact = contacts[contact], !contact.isErased else { return nil }
        var (emails, phones, ids): ([String], [String], [ID]) = ([], [], [])
        for id in members[contact.primary]!.sorted() {
            let email = contacts[id]!.email.flatMap { owners[.email($0)] == id ? $0 : nil }
            let phone = contacts[id]!.phone.flatMap { owners[.phone($0)] == id ? $0 : nil }
            if let email { emails.append(email) }
            if let phone { phones.append(phone) }
            if id != contact.primary && (email != nil || phone != nil) { ids.append(id) }
        }
        return Customer(primary: contact.primary, emails: emails, phones: phones, secondaries: ids)
    }

    /// Each live customer's identifiers, as "email …" and "phone …".
    public var customers: Set<Set<String>> {
        let identifiers = owners.map { (contacts[$1]!.primary, $0.text) }
        return Set(Dictionary(grouping: identifiers, by: \.0).values.map { Set($0.map(\.1)) })
    }
}

// MARK: - Identify

extension CustomerModel {
    public enum Reason: Hashable, Sendable {
        case blocked
        case keptApart
        case clusterTooLarge
    }

    public struct Identification: Hashable, Sendable {
        /// Of what takes part; `nil` where that is nothing.
        public let customer: Customer?
        public let emailLeftOut: Reason?
        public let phoneLeftOut: Reason?
    }

    /// - Parameter newID: For the contact that is made, if one is. By default it is the next.
    public mutating func identify(_ email: String?, _ phone: String?, newID: ID? = nil) -> Identification {
        let (emailLeftOut, phoneLeftOut) = leftOut(email, phone)
        let (email, phone) = (emailLeftOut == nil ? email : nil, phoneLeftOut == nil ? phone : nil)
        record(email, phone, newID: newID)
        return Identification(
            customer: lookUp(email, phone).first, emailLeftOut: emailLeftOut, phoneLeftOut: phoneLeftOut)
    }

    /// For who asks for no answer.
    public mutating func observe(email: String?, phone: String?) {
        let (emailLeftOut, phoneLeftOut) = leftOut(email, phone)
        record(emailLeftOut == nil ? email : nil, phoneLeftOut == nil ? phone : nil, newID: nil)
    }

    public func leftOut(_ email: String?, _ phone: String?) -> (email: Reason?, phone: Reason?) {
        let isEmailDisowned = email.map { disowned.contains(.email($0)) } == true
        let isPhoneDisowned = phone.map { disowned.contains(.phone($0)) } == true
        let isOne = email == nil || phone == nil || isEmailDisowned || isPhoneDisowned
        return (
            isEmailDisowned ? .blocked : nil,
            isPhoneDisowned ? .blocked : isOne ? nil : reasonAgainst(.email(email!), .phone(phone!))
        )
    }

    /// Why the two may not meet, if they may not.
    func reasonAgainst(_ one: Identifier, _ other: Identifier) -> Reason? {
        switch (primary(of: one), primary(of: other)) {
        case (let one?, let other?) where one == other: nil
        case (let one?, let other?) where members[one]!.count + members[other]!.count > maximumClusterSize:
            .clusterTooLarge
        case (let one?, let other?): areKeptApart(one, other) ? .keptApart : nil
        case (let owner?, nil), (nil, let owner?):
            members[owner]!.count + 1 > maximumClusterSize ? .clusterTooLarge : nil
        case (nil, nil): nil
        }
    }

    private func areKeptApart(_ one: ID, _ other: ID) -> Bool {
        apart.contains { pair in
            let primaries = pair.ends.map { primary(of: $0) }
            return primaries == [one, other] || primaries == [other, one]
        }
    }

    /// What identify changes, for what takes part.
    private mutating func record(_ email: String?, _ phone: String?, newID: ID?) {
        let owners = owners(email, phone)
        let isNew = (email != nil && owners.email == nil) || (phone != nil && owners.phone == nil)
        if isNew {
            add(email, phone, to: owners.email ?? owners.phone, newID)
        } else if let email, let phone {
            tie(.email(email), .phone(phone))
        }
    }

    /// - Parameter primary: `nil` for a new customer.
    mutating func add(_ email: String?, _ phone: String?, to primary: ID?, _ newID: ID?) {
        let id = newID ?? newest + 1
        newest = max(newest, id)
        var contact = Contact(email: email, phone: phone, primary: primary ?? id)
        if let pair = contact.pair {
            contact.isHomePhone = owners[.email(email!)] != nil
            tied.insert(pair)
        }
        for identifier in contact.written where owners[identifier] == nil { owners[identifier] = id }
        contacts[id] = contact
        members[contact.primary, default: []].append(id)
    }

    /// Adds evidence of two that are known, unless there is some.
    mutating func tie(_ one: Identifier, _ other: Identifier) {
        let pair = Pair(one, other)
        if tied.insert(pair).inserted { records[pair, default: Records()].made += 1 }
        let (one, other) = (primary(of: one)!, primary(of: other)!)
        if one != other { merge(Merge(primary: min(one, other), absorbed: max(one, other))) }
    }

    private mutating func merge(_ merge: Merge) {
        let moved = members.removeValue(forKey: merge.absorbed)!
        for id in moved { contacts[id]!.primary = merge.primary }
        members[merge.primary]! += moved
        tell([.merged(merge)])
    }
}

// MARK: - Look up

extension CustomerModel {
    /// The older first.
    public func lookUp(_ email: String?, _ phone: String?) -> [Customer] {
        let owners = owners(email, phone)
        return Set([owners.email, owners.phone].compactMap(\.self)).sorted().map { customer(of: $0)! }
    }
}

// MARK: - The feed

extension CustomerModel {
    public enum Change: Hashable, Sendable {
        /// These contacts are the primary's now, and were another's.
        case parted(primary: ID, from: ID, contacts: [ID])
        case merged(Merge)
        case erased([ID])

        fileprivate var ids: Set<ID> {
            switch self {
            case .parted(let primary, let from, let contacts): Set(contacts + [primary, from])
            case .merged(let merge): [merge.primary, merge.absorbed]
            case .erased(let contacts): Set(contacts)
            }
        }
    }

    public struct Merge: Hashable, Sendable {
        public let primary: ID
        public let absorbed: ID

        public init(primary: ID, absorbed: ID) {
            (self.primary, self.absorbed) = (primary, absorbed)
        }
    }

    public var merges: Set<Merge> {
        Set(feed.joined().compactMap { if case .merged(let merge) = $0 { merge } else { nil } })
    }

    public func merges(absorbing ids: [ID]) -> [Merge] {
        ids.flatMap { id in
            (changes[id] ?? []).compactMap { change in
                if case .merged(let merge) = change, merge.absorbed == id { merge } else { nil }
            }
        }
    }

    /// - Parameter transaction: All that it changed, those who parted first.
    mutating func tell(_ transaction: [Change]) {
        if transaction.isEmpty { return }
        feed.append(transaction)
        for change in transaction {
            for id in change.ids { changes[id, default: []].append(change) }
        }
    }
}

extension CustomerModel: Hashable {
    // What else it keeps follows from these; but for the feed's order of what concerns nobody in common, which nobody sees.
    public static func == (one: CustomerModel, other: CustomerModel) -> Bool {
        one.contacts == other.contacts && one.records == other.records && one.corrections == other.corrections
            && one.changes == other.changes
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(contacts)
        hasher.combine(records)
        hasher.combine(corrections)
        hasher.combine(changes)
    }
}
