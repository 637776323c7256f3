public import Identity

/// A row of a file: what it says, and whose customer it is.
public struct BatchRow {
    let observation: Observation
    /// Of a row of the same customer that came before.
    let linked: Observation?

    public init(_ observation: Observation, linkedTo linked: Observation? = nil) {
        self.observation = observation
        self.linked = linked
    }

    /// The evidence that it may be.
    var pairs: [IdentifierPair] {
        let own = observation.pair.map { [$0] } ?? []
        guard let linked else { return own }
        switch LinkEvidence(of: observation, linkedTo: linked) {
        case .one(let tie): return [tie.pair].compactMap(\.self)
        case .two(let tie): return own + [tie.pair].compactMap(\.self)
        case .link: return own + [IdentifierPair(linked.first, observation.first)]
        }
    }
}

/// What ties a row to the one that it is linked to, in the words of the service: an e-mail and a phone that came together.
enum LinkEvidence {
    /// The row has one identifier, and the other row one of the other kind: as one request.
    case one(Observation)
    /// The row has both. An identifier of the other row comes with one of them, in a request behind the row's own.
    case two(Observation)
    /// Both rows have e-mails alone, or phones alone.
    case link

    init(of observation: Observation, linkedTo linked: Observation) {
        switch (observation.email, observation.phone) {
        case (let email?, nil):
            self = Observation.pair(email, linked.phone).map(LinkEvidence.one) ?? .link
        case (nil, let phone?):
            self = Observation.pair(linked.email, phone).map(LinkEvidence.one) ?? .link
        case (let email, let phone):
            let tie = Observation.pair(linked.email, phone) ?? Observation.pair(email, linked.phone)
            self = tie.map(LinkEvidence.two) ?? .link
        }
    }
}

extension Observation {
    fileprivate static func pair(_ email: Email?, _ phone: Phone?) -> Observation? {
        guard let email, let phone else { return nil }
        return Observation(email: email, phone: phone)
    }

    var pair: IdentifierPair? {
        email.flatMap { email in phone.map { IdentifierPair(.email(email), .phone($0)) } }
    }

    /// Its e-mail, or else its phone.
    var first: Identifier { email.map(Identifier.email) ?? .phone(phone!) }

    var emailAlone: Observation? { Observation(email: email, phone: nil) }
    var phoneAlone: Observation? { Observation(email: nil, phone: phone) }
}
