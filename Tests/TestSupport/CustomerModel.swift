/// docs/specification.md as a program, a function for each of its sections. It shares no code with the service, and takes
/// identifiers as texts that are their own keys.
public struct CustomerModel: Sendable {
    public typealias ID = Int64

    // MARK: State

    /// Each by its id: an erased one stays, empty.
    public private(set) var contacts: [ID: Contact] = [:]
    /// Each by the primary that was absorbed, which happens once.
    public private(set) var merges: [ID: Merge] = [:]
    /// Of each primary, live or erased: its contacts.
    private var members: [ID: [ID]] = [:]
    /// The live contact that introduced an identifier.
    private var emailOwners: [String: ID] = [:]
    private var phoneOwners: [String: ID] = [:]
    private var newest: ID = 0

    public let maximumClusterSize: Int
    public static let largestErasure = 10_000

    public init(maximumClusterSize: Int = .max) {
        self.maximumClusterSize = maximumClusterSize
    }

    public struct Contact: Hashable, Sendable {
        /// As they came in its request; an older contact may have introduced one of them.
        public internal(set) var email: String?
        public internal(set) var phone: String?
        /// Its own id, if it is the primary.
        public internal(set) var primary: ID
        public internal(set) var isErased = false

        public init(email: String? = nil, phone: String? = nil, primary: ID, isErased: Bool = false) {
            (self.email, self.phone, self.primary, self.isErased) = (email, phone, primary, isErased)
        }
    }

    public struct Merge: Hashable, Sendable {
        public let primary: ID
        public let absorbed: ID
        /// What came together: none where an import's link is the reason, or the customer was erased.
        public internal(set) var email: String?
        public internal(set) var phone: String?

        public init(primary: ID, absorbed: ID, email: String? = nil, phone: String? = nil) {
            (self.primary, self.absorbed, self.email, self.phone) = (primary, absorbed, email, phone)
        }
    }

    /// A customer as it is answered.
    public struct Customer: Hashable, Sendable {
        public let primary: ID
        /// What each contact introduced, in order of their ids.
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
        func primary(_ contact: ID?) -> ID? { contact.flatMap { contacts[$0]?.primary } }
        return (primary(email.flatMap { emailOwners[$0] }), primary(phone.flatMap { phoneOwners[$0] }))
    }

    /// Of a contact; `nil` where it is erased, or there is none.
    public func customer(of contact: ID) -> Customer? {
        guard let contact = contacts[contact], !contact.isErased else { return nil }
        let ids = members[contact.primary]!.sorted()
        return Customer(
            primary: contact.primary,
            emails: ids.compactMap { id in contacts[id]!.email.flatMap { emailOwners[$0] == id ? $0 : nil } },
            phones: ids.compactMap { id in contacts[id]!.phone.flatMap { phoneOwners[$0] == id ? $0 : nil } },
            secondaries: Array(ids.dropFirst()))
    }

    /// Each live customer's identifiers, as "email …" and "phone …".
    public var customers: Set<Set<String>> {
        let emails = emailOwners.map { (contacts[$1]!.primary, "email \($0)") }
        let phones = phoneOwners.map { (contacts[$1]!.primary, "phone \($0)") }
        return Set(Dictionary(grouping: emails + phones, by: \.0).values.map { Set($0.map(\.1)) })
    }
}

// MARK: - Identify

extension CustomerModel {
    public struct Identification: Hashable, Sendable {
        public let customer: Customer
        public let isPhoneLeftOut: Bool
    }

    /// - Parameter newID: For the contact that is made, if one is. By default it is the next.
    public mutating func identify(_ email: String?, _ phone: String?, newID: ID? = nil) -> Identification {
        let isPhoneLeftOut = isTooLarge(email, phone)
        let phone = isPhoneLeftOut ? nil : phone
        record(email, phone, newID: newID)
        return Identification(customer: lookUp(email, phone)[0], isPhoneLeftOut: isPhoneLeftOut)
    }

    /// For who asks for no answer.
    public mutating func observe(email: String?, phone: String?) {
        _ = identify(email, phone)
    }

    /// Whether the customer of both would have too many contacts.
    private func isTooLarge(_ email: String?, _ phone: String?) -> Bool {
        if email == nil || phone == nil { return false }
        switch owners(email, phone) {
        case (let one?, let other?) where one == other: return false
        case (let one?, let other?): return members[one]!.count + members[other]!.count > maximumClusterSize
        case (let owner?, nil), (nil, let owner?): return members[owner]!.count + 1 > maximumClusterSize
        case (nil, nil): return false
        }
    }

    /// What identify changes, for what takes part.
    private mutating func record(_ email: String?, _ phone: String?, newID: ID?) {
        let owners = owners(email, phone)
        let known = Set([owners.email, owners.phone].compactMap(\.self)).sorted()
        let isNew = (email != nil && owners.email == nil) || (phone != nil && owners.phone == nil)
        switch known.count {
        case 0: add(email, phone, to: nil, newID)
        case 1 where isNew: add(email, phone, to: known[0], newID)
        case 1: break
        default: merge(Merge(primary: known[0], absorbed: known[1], email: email, phone: phone))
        }
    }

    /// - Parameter primary: `nil` for a new customer.
    private mutating func add(_ email: String?, _ phone: String?, to primary: ID?, _ newID: ID?) {
        let id = newID ?? newest + 1
        newest = max(newest, id)
        contacts[id] = Contact(email: email, phone: phone, primary: primary ?? id)
        members[primary ?? id, default: []].append(id)
        if let email, emailOwners[email] == nil { emailOwners[email] = id }
        if let phone, phoneOwners[phone] == nil { phoneOwners[phone] = id }
    }

    private mutating func merge(_ merge: Merge) {
        let moved = members.removeValue(forKey: merge.absorbed)!
        for id in moved { contacts[id]!.primary = merge.primary }
        members[merge.primary]! += moved
        merges[merge.absorbed] = merge
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

// MARK: - What became of an id

extension CustomerModel {
    public enum Status: Hashable, Sendable {
        case live(Customer, rows: [ID: Contact], merges: Set<Merge>)
        case erased
        case unknown
    }

    public func status(of id: ID) -> Status {
        guard let contact = contacts[id] else { return .unknown }
        guard let customer = customer(of: id) else { return .erased }
        let ids = members[contact.primary]!.sorted()
        return .live(
            customer, rows: Dictionary(uniqueKeysWithValues: ids.map { ($0, contacts[$0]!) }),
            merges: Set(ids.compactMap { merges[$0] }))
    }
}

// MARK: - Erase

extension CustomerModel {
    public enum Erasure: Hashable, Sendable {
        case erased([ID])
        case unknown
        case ambiguous
        case tooLarge(primary: ID)
    }

    @discardableResult
    public mutating func erase(_ id: ID) -> Erasure {
        guard let contact = contacts[id] else { return .unknown }
        let ids = members[contact.primary]!.sorted()
        if contact.isErased { return .erased(ids) }
        if ids.count > CustomerModel.largestErasure { return .tooLarge(primary: contact.primary) }
        for id in ids {
            let contact = contacts[id]!
            if let email = contact.email { emailOwners[email] = nil }
            if let phone = contact.phone { phoneOwners[phone] = nil }
            contacts[id] = Contact(primary: contact.primary, isErased: true)
            merges[id]?.email = nil
            merges[id]?.phone = nil
        }
        return .erased(ids)
    }

    @discardableResult
    public mutating func erase(_ email: String?, _ phone: String?) -> Erasure {
        let owners = owners(email, phone)
        let named = [email.map { _ in owners.email }, phone.map { _ in owners.phone }].compactMap(\.self)
        let known = Set(named.compactMap(\.self))
        guard let customer = known.first else { return .unknown }
        return known.count == 1 && !named.contains(nil) ? erase(customer) : .ambiguous
    }
}

// MARK: - Import

extension CustomerModel {
    public typealias Row = (email: String?, phone: String?)

    /// What of a row does not take part.
    public enum LeftOut: Hashable, Sendable {
        case phone
        case link
    }

    /// - Parameter other: A row of the same customer that was imported before.
    public mutating func importRow(_ row: Row, linkedTo other: Row? = nil) -> Set<LeftOut> {
        let other = other.map(rest)
        if let other, (row.email == nil) != (row.phone == nil), let tie = CustomerModel.tie(row, other),
            !isTooLarge(tie.email, tie.phone)
        {
            _ = identify(tie.email, tie.phone)
            return []
        }
        let isPhoneLeftOut = identify(row.email, row.phone).isPhoneLeftOut
        let row = isPhoneLeftOut ? (row.email, nil) : row
        let isLinked = other.map { link(row, to: $0) } ?? true
        return Set((isPhoneLeftOut ? [.phone] : []) + (isLinked ? [] : [.link]))
    }

    /// What takes part of a row that was imported: without a phone that is not its e-mail's customer's.
    private func rest(_ row: Row) -> Row {
        let owners = owners(row.email, row.phone)
        return owners.email != nil && owners.email != owners.phone ? (row.email, nil) : row
    }

    /// - Returns: Whether both are one customer's afterwards.
    private mutating func link(_ row: Row, to other: Row) -> Bool {
        if let tie = CustomerModel.tie(row, other) {
            if isTooLarge(tie.email, tie.phone) { return false }
            _ = identify(tie.email, tie.phone)
            return true
        }
        _ = identify(other.email, other.phone)
        let ends = Set((lookUp(other.email, other.phone) + lookUp(row.email, row.phone)).map(\.primary)).sorted()
        if ends.count == 1 { return true }
        if ends.reduce(0, { $0 + members[$1]!.count }) > maximumClusterSize { return false }
        merge(Merge(primary: ends[0], absorbed: ends[1]))
        return true
    }

    /// An identifier of the one with one of the other kind of the other.
    private static func tie(_ row: Row, _ other: Row) -> (email: String, phone: String)? {
        if let email = other.email, let phone = row.phone { return (email, phone) }
        if let email = row.email, let phone = other.phone { return (email, phone) }
        return nil
    }
}

extension CustomerModel: Hashable {
    // What else it keeps follows from these.
    public static func == (one: CustomerModel, other: CustomerModel) -> Bool {
        one.contacts == other.contacts && one.merges == other.merges
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(contacts)
        hasher.combine(merges)
    }
}
