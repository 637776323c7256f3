/// What contacts share and evidence ties: an e-mail or a phone, equal where its key is.
public enum Identifier: Hashable, Sendable {
    case email(Email)
    case phone(Phone)

    public var field: IdentifierField {
        switch self {
        case .email: .email
        case .phone: .phoneNumber
        }
    }

    fileprivate var sortable: String {
        switch self {
        case .email(let email): "email \(email.text)"
        case .phone(let phone): "phone \(phone.key)"
        }
    }

    public static func == (one: Identifier, other: Identifier) -> Bool {
        switch (one, other) {
        case (.email(let one), .email(let other)): one == other
        case (.phone(let one), .phone(let other)): one.key == other.key
        default: false
        }
    }

    public func hash(into hasher: inout Hasher) {
        switch self {
        case .email(let email): hasher.combine(email)
        case .phone(let phone): hasher.combine(phone.key)
        }
    }
}

/// Two identifiers, in either order.
public struct IdentifierPair: Hashable, Sendable {
    public let one: Identifier
    public let other: Identifier

    public init(_ one: Identifier, _ other: Identifier) {
        (self.one, self.other) = (one, other)
    }

    public var ends: [Identifier] { [one, other] }

    func partner(of end: Identifier) -> Identifier? { end == one ? other : end == other ? one : nil }

    /// The same, e-mails first, then in order of the keys.
    var inOrder: IdentifierPair { texts == texts.sorted() ? self : IdentifierPair(other, one) }

    var texts: [String] { ends.map(\.sortable) }

    public static func == (pair: IdentifierPair, other: IdentifierPair) -> Bool {
        (pair.one == other.one && pair.other == other.other) || (pair.one == other.other && pair.other == other.one)
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(one.hashValue ^ other.hashValue)
    }
}

/// The id of a piece of evidence. Ids of contacts and of evidence come from one sequence, so no two are alike.
public typealias EvidenceID = Int64

/// That two identifiers are one person's: mostly an e-mail and a phone that came in one request.
public struct Evidence: Sendable {
    /// A contact's id, if its request is the evidence.
    public let id: EvidenceID
    public let pair: IdentifierPair

    public init(id: EvidenceID, pair: IdentifierPair) {
        (self.id, self.pair) = (id, pair)
    }
}
