public import Identity
internal import PostgreSQL

/// Who is known with what was observed.
public struct Lookup: Sendable {
    /// None, one, or two, the older first, of which `identify` would make one.
    public let clusters: [Cluster]
    /// What of the observation names nobody.
    public let leftOut: [LeftOut]
    /// How old it may be; `nil` where it is of now.
    public let age: Duration?

    fileprivate init(_ observation: Observation, among contacts: [Contact], age: Duration?) {
        clusters = Cluster.all(of: contacts)
        leftOut = Reconciliation.disowned(observation, among: contacts).map { LeftOut(field: $0, reason: .blocked) }
        self.age = age
    }
}

extension ContactStore {
    /// Who is known with one of the observed identifiers. Writes nothing. The standby may say it, if it knows all of them.
    public func lookUp(_ observation: Observation) async throws(StoreError) -> Reply<Lookup> {
        try await retrying { attempt in
            let (email, phone) = (observation.email, observation.phone)
            let known = await standby?.read(before: attempt.deadline) {
                $0.execute(ContactStatements.read, [email?.text, phone?.key])
            } _: { read, answers in
                let contacts = try answers[read]
                return observation.isKnown(among: contacts) ? contacts : nil
            }
            if let known { return .done(Lookup(observation, among: known.value, age: known.age)) }
            let contacts = try await reader.contacts(email, phone, before: attempt.deadline)
            return .done(Lookup(observation, among: contacts, age: nil))
        }
    }
}

extension Observation {
    /// Whether all of it is somebody's, or nobody's by a correction.
    fileprivate func isKnown(among contacts: [Contact]) -> Bool {
        (email == nil || contacts.contains { $0.email == email })
            && (phone == nil || contacts.contains { $0.phone?.key == phone?.key })
    }
}
