import Identity
import TestSupport

/// The contacts in memory, changed by the plans alone: what a database does with them, without one.
struct Book {
    var maximumClusterSize = Int.max
    private(set) var rows: [Contact] = []
    private(set) var merges: [(primary: ContactID, absorbed: ContactID)] = []

    /// Plans until the plan is an answer. No plan may leave out more than the phone, nor need more than one change.
    mutating func identify(_ email: String?, _ phone: String?) throws -> Cluster {
        try identification(email, phone).cluster
    }

    mutating func identification(_ email: String?, _ phone: String?) throws -> (cluster: Cluster, ignored: Exclusion?) {
        let observation = Observation(
            email: try email.flatMap { text throws(InvalidIdentifier) in try Email(text) },
            phone: try phone.flatMap { text throws(InvalidIdentifier) in try Phone(text, rule: .digitsAsWritten) })!
        let contacts = clusters(of: observation)
        guard case .leaveOut(.phoneNumber, let reason) = plan(observation, among: contacts) else {
            return (try carryOut(observation, among: contacts), nil)
        }
        return (try carryOut(observation.without(.phoneNumber)!, among: contacts), reason)
    }

    struct SecondChange: Error {}

    private func plan(_ observation: Observation, among contacts: [Contact]) -> Reconciliation.Plan {
        Reconciliation.plan(observation, among: contacts, maximumClusterSize: maximumClusterSize)
    }

    private mutating func carryOut(_ observation: Observation, among contacts: [Contact]) throws -> Cluster {
        let first = plan(observation, among: contacts)
        if case .change(let change) = first { carryOut(change, of: observation) }
        guard case .answer(let cluster) = plan(observation, among: clusters(of: observation)) else {
            throw SecondChange()
        }
        return cluster
    }

    private func clusters(of observation: Observation) -> [Contact] {
        let primaries = rows.filter { row in
            observation.email.map { row.email == $0 } == true
                || observation.phone.map { row.phone?.key == $0.key } == true
        }.map(\.primaryID)
        // In no order: the rules may not count on one.
        return rows.filter { primaries.contains($0.primaryID) }.reversed()
    }

    private mutating func carryOut(_ change: Reconciliation.Change, of observation: Observation) {
        let id = ContactID(rows.count + 1)
        switch change {
        case .create:
            rows.append(Contact(id: id, primaryID: id, email: observation.email, phone: observation.phone))
        case .link(let primary, let introduced):
            rows.append(
                Contact(
                    id: id, primaryID: primary,
                    email: introduced == .email ? observation.email : nil,
                    phone: introduced == .phoneNumber ? observation.phone : nil))
        case .merge(let primary, let absorbed):
            merges.append((primary, absorbed))
            rows = rows.map { row in
                guard row.primaryID == absorbed else { return row }
                return Contact(id: row.id, primaryID: primary, email: row.email, phone: row.phone)
            }
        }
    }
}
