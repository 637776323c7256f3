import Identity
import TestSupport
import Testing

@testable import ContactStore

/// Read, plan, write, read again: without a database.
@Suite("A request on its way")
struct IdentifyStateTests {
    private let observation: Observation
    private var state: IdentifyState

    init() throws {
        observation = try Observation("a@x", "111111")
        state = IdentifyState(observation, maximumClusterSize: 10)
    }

    private func contact(
        _ id: ContactID, of primary: ContactID, _ email: String?, _ phone: String?, holdsObserved: Bool = false
    ) throws -> Contact {
        let observed = try Observation(email, phone)
        return Contact(
            id: id, primaryID: primary, email: observed.email, phone: observed.phone, holdsObserved: holdsObserved)
    }

    /// "read", "create a@x 111111", "link 1", "are 1 2 apart", "merge 1 2", "record", or "answer 1 linked", also "without phoneNumber".
    private var next: String {
        switch state.step {
        case .read: "read"
        case .askWhetherApart(let one, let other): "are \(one) \(other) apart"
        case .recordPair: "record"
        case .write(.create, let observation, _):
            (["create"] + [observation.email?.text, observation.phone?.key].compactMap(\.self)).joined(separator: " ")
        case .write(.link(let primary, _), _, _): "link \(primary)"
        case .write(.merge(let primary, let absorbed), _, _): "merge \(primary) \(absorbed)"
        case .answer(let identification):
            "answer \(identification.cluster.map { "\($0.primaryID)" } ?? "nobody") \(identification.outcome)"
                + identification.leftOut.map { " without \($0.field)" }.joined()
        }
    }

    /// Carries out what it is to write.
    private mutating func write(isWritten: Bool, read contacts: [Contact]?) throws {
        guard case .write(let change, _, _) = state.step else { throw NothingToWrite() }
        state.take(change, isWritten: isWritten, read: contacts)
    }

    private struct NothingToWrite: Error {}

    @Test("reads first, and answers what is known")
    mutating func known() throws {
        #expect(next == "read")
        state.take(read: [try contact(1, of: 1, "a@x", "111111", holdsObserved: true)])
        #expect(next == "answer 1 known")
    }

    @Test("that brings two together which no contact holds writes that down, and is answered")
    mutating func record() throws {
        state.take(read: [try contact(1, of: 1, "a@x", nil), try contact(2, of: 1, nil, "111111")])
        #expect(next == "record")
        guard case .recordPair(let pair, let identification, _) = state.step else { return }
        #expect(pair.email == observation.email && pair.phone?.key == observation.phone?.key)
        state.finish(identification)
        #expect(next == "answer 1 known")
    }

    @Test(
        "that would merge asks first, and leaves the phone out where the two are kept apart", arguments: [true, false])
    mutating func asks(areKeptApart: Bool) throws {
        let contacts = [try contact(1, of: 1, "a@x", nil), try contact(2, of: 2, nil, "111111")]
        state.take(read: contacts)
        #expect(next == "are 1 2 apart")
        state.take(areKeptApart: areKeptApart, read: contacts)
        #expect(next == (areKeptApart ? "answer 1 known without phoneNumber" : "merge 1 2"))
    }

    @Test("asks again where others own the two by the time that it hears whether the two are kept apart")
    mutating func asksAgain() throws {
        state.take(read: [try contact(1, of: 1, "a@x", nil), try contact(3, of: 3, nil, "111111")])
        #expect(next == "are 1 3 apart")
        state.take(
            areKeptApart: true, read: [try contact(1, of: 1, "a@x", nil), try contact(3, of: 2, nil, "111111")])
        #expect(next == "are 1 2 apart")
    }

    @Test("leaves out what names nobody, and is answered without a customer where nothing is left")
    mutating func nobodys() throws {
        state.take(read: [try contact(1, of: -1, "a@x", nil), try contact(2, of: -2, nil, "111111")])
        #expect(next == "answer nobody known without email without phoneNumber")
        state.take(read: [try contact(1, of: -1, "a@x", nil)])
        #expect(next == "create 111111")
    }

    @Test("links, and answers what is read behind the commit")
    mutating func link() throws {
        state.take(read: [try contact(1, of: 1, nil, "111111")])
        #expect(next == "link 1")
        try write(isWritten: true, read: [contact(1, of: 1, nil, "111111"), contact(2, of: 1, "a@x", nil)])
        #expect(next == "answer 1 linked")
    }

    @Test("that lost a race plans anew on what was read then, and tells what the other did as known")
    mutating func lostRace() throws {
        state.take(read: [try contact(1, of: 1, nil, "111111")])
        let contacts = [try contact(1, of: 1, nil, "111111"), try contact(2, of: 1, "a@x", nil, holdsObserved: true)]
        try write(isWritten: false, read: contacts)
        #expect(next == "answer 1 known")
    }

    @Test("that lost a race to create reads what is there")
    mutating func lostCreate() throws {
        state.take(read: [])
        #expect(next == "create a@x 111111")
        try write(isWritten: false, read: nil)
        #expect(next == "read")
        state.take(read: [try contact(1, of: 1, "a@x", nil), try contact(2, of: 2, nil, "111111")])
        #expect(next == "are 1 2 apart")
    }

    @Test("goes on from one change to the next, and tells of the last")
    mutating func twoChanges() throws {
        state.take(read: [try contact(3, of: 3, nil, "111111")])
        try write(isWritten: true, read: [contact(1, of: 1, "a@x", nil), contact(3, of: 3, nil, "111111")])
        #expect(next == "are 1 3 apart")
        state.take(
            areKeptApart: false, read: [try contact(1, of: 1, "a@x", nil), try contact(3, of: 3, nil, "111111")])
        #expect(next == "merge 1 3")
        try write(isWritten: true, read: [contact(1, of: 1, "a@x", nil), contact(3, of: 1, nil, "111111")])
        #expect(next == "answer 1 merged")
    }

    @Test("forgets a plan that may be old")
    mutating func readAgain() throws {
        state.take(read: [try contact(1, of: 1, nil, "111111")])
        state.readAgain()
        #expect(next == "read")
    }

    @Test("is answered by its e-mail where the customer would be too large")
    mutating func leavesOut() throws {
        state = IdentifyState(observation, maximumClusterSize: 1)
        let (phone, email) = (try contact(1, of: 1, nil, "111111"), try contact(2, of: 2, "a@x", nil))
        for contacts in [[phone, email], [email]] {
            state.take(read: contacts)
            #expect(next == "answer 2 known without phoneNumber")
        }
    }

    @Test("makes a customer of a new e-mail alone where the phone's is full")
    mutating func leavesOutAndCreates() throws {
        state = IdentifyState(observation, maximumClusterSize: 1)
        state.take(read: [try contact(1, of: 1, nil, "111111")])
        #expect(next == "create a@x")
        try write(isWritten: true, read: [contact(2, of: 2, "a@x", nil)])
        #expect(next == "answer 2 created without phoneNumber")
    }

    @Test("that left something out and lost a race takes all of it again")
    mutating func leftOutAndLost() throws {
        state = IdentifyState(observation, maximumClusterSize: 1)
        state.take(read: [try contact(1, of: 1, nil, "111111")])
        try write(isWritten: false, read: nil)
        #expect(next == "read")
        // The phone's customer was erased meanwhile.
        state.take(read: [])
        #expect(next == "create a@x 111111")
    }
}
