import TestSupport

extension Step.Claim {
    /// Whether it is so in a state.
    func holds(in state: CustomerModel) -> Bool {
        switch self {
        case .known(let email, let phone):
            return state.knows(email, phone)
        case .identified(let customer, let email, let phone):
            return state.knows(email, phone) && state.lookUp(email, phone) == [customer]
        case .found(let customers, let email, let phone):
            return state.lookUp(email, phone) == customers
        case .status(let status, let id):
            return state.status(of: id) == status
        case .erased(let ids):
            // It may have been erased before: by its id, it is answered the same.
            return ids.allSatisfy { state.contacts[$0]?.isErased == true } && state.tombstones(of: ids.first) == ids
        case .namesNobody(let erasure, let email, let phone):
            var state = state
            return state.erase(email, phone) == erasure
        case .merges(let merges, let isAll):
            return isAll ? state.merges == merges : state.merges.isSuperset(of: merges)
        }
    }

    /// Whether it can still become so behind a change of one customer: contacts stay together and keep what they have until
    /// they are erased, and then they do not come back.
    /// - Parameter ids: The customer's contacts, live or erased.
    func isPossible(after ids: [Int64], in state: CustomerModel) -> Bool {
        func isAbout(_ goal: [Int64]) -> Bool { ids.contains(where: goal.contains) }
        func canBecome(_ goal: CustomerModel.Customer) -> Bool {
            !isAbout(goal.ids) || state.customer(of: ids[0])?.isPart(of: goal) == true
        }
        switch self {
        case .identified(let goal, _, _):
            return canBecome(goal)
        case .found(let goals, _, _):
            return goals.allSatisfy(canBecome)
        case .status(.live(let goal, _), _):
            return canBecome(goal)
        case .status(.unknown, let id):
            return !ids.contains(id)
        case .erased(let goal):
            let isErased = state.contacts[ids[0]]!.isErased
            return !isAbout(goal) || (isErased ? ids == goal : ids.allSatisfy(goal.contains))
        case .merges(let all, isAll: true):
            return all.isSuperset(of: state.merges(absorbing: ids))
        case .known, .status(.erased, _), .namesNobody, .merges:
            return true
        }
    }

    /// Whether it may say of a customer what it is, and of another what it is not.
    var isAboutTwo: Bool {
        switch self {
        case .found(_, let email, let phone), .namesNobody(_, let email, let phone): email != nil && phone != nil
        case .known, .identified, .status, .erased, .merges: false
        }
    }

    /// Whether a customer that a change makes may be on the way to what is claimed. Changes of others can wait.
    func leads(from customer: CustomerModel.Customer) -> Bool {
        switch self {
        case .known(let email, let phone), .namesNobody(_, let email, let phone):
            customer.has(email, or: phone)
        case .identified(let goal, _, _), .status(.live(let goal, _), _):
            customer.isPart(of: goal)
        case .found(let goals, _, _):
            goals.contains { customer.isPart(of: $0) }
        case .status(_, let id):
            customer.ids.contains(id)
        case .erased(let ids):
            customer.ids.allSatisfy(ids.contains)
        case .merges(let merges, _):
            customer.ids.contains { id in merges.contains { $0.primary == id || $0.absorbed == id } }
        }
    }
}

extension CustomerModel {
    /// Whether all that is given is one customer's.
    func knows(_ email: String?, _ phone: String?) -> Bool {
        let owners = owners(email, phone)
        return (email == nil || owners.email != nil) && (phone == nil || owners.phone != nil)
            && (email == nil || phone == nil || owners.email == owners.phone)
    }

    /// The contacts that were erased together with one.
    fileprivate func tombstones(of id: ID?) -> [ID]? {
        var state = self
        guard let id, case .erased(let ids) = state.erase(id) else { return nil }
        return ids
    }
}

extension CustomerModel.Customer {
    fileprivate func has(_ email: String?, or phone: String?) -> Bool {
        email.map(emails.contains) == true || phone.map(phones.contains) == true
    }

    /// Whether it can still become `goal`: what customers get, they keep, in the order of their contacts' ids.
    fileprivate func isPart(of goal: CustomerModel.Customer) -> Bool {
        func isSubsequence<Element: Equatable>(_ part: [Element], of whole: [Element]) -> Bool {
            var rest = whole[...]
            return part.allSatisfy { element in
                guard let place = rest.firstIndex(of: element) else { return false }
                rest = rest[(place + 1)...]
                return true
            }
        }
        return isSubsequence(ids, of: goal.ids) && isSubsequence(emails, of: goal.emails)
            && isSubsequence(phones, of: goal.phones)
    }
}
