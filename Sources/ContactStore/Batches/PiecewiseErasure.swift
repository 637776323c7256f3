internal import Glibc
public import Identity
public import PostgreSQL

/// Erases a customer of any size in pieces, each a transaction of its own, while the service runs. Started again after
/// an interruption, it goes on: what is erased already tells of which customer it was.
public final class PiecewiseErasure {
    public struct Result: Equatable, Sendable {
        public let primary: ContactID
        /// All that the customer ever had.
        public let contacts: Int
    }

    /// Large enough that a contact costs little; as many take about a fifth of a second, for which requests that add to
    /// the customer wait.
    static let sizes = 20...5000

    /// A request that did not get in tries again after at most 100 ms (`RetryState`): so each gets in between two pieces.
    private static let pause = Duration.milliseconds(100)

    private let connection: PieceConnection
    private let standby: StandbyConfiguration?
    private let sizes: ClosedRange<Int>

    /// - Parameter standby: Which is read; behind the last piece, it may show the customer for a while.
    /// - Throws: `SchemaError`, `DatabaseError`.
    public convenience init(database: String, standby: StandbyConfiguration?, rule: DatabaseRule) throws {
        try self.init(database: database, standby: standby, rule: rule, sizes: PiecewiseErasure.sizes)
    }

    init(
        database: String, standby: StandbyConfiguration? = nil, rule: DatabaseRule, sizes: ClosedRange<Int>
    ) throws {
        self.standby = standby
        connection = try PieceConnection(
            database: database, rule: rule, command: "identityd erase",
            preparing: [ContactStatements.begin, ContactStatements.commit] + Erasure.statements)
        self.sizes = sizes
    }

    /// Any contact of the customer.
    /// - Throws: `ErasureError`, `DatabaseError`, `SchemaError`.
    public func contact(of subject: ErasureSubject) throws -> ContactID {
        switch subject {
        case .contact(let contact):
            return contact
        case .identifiers(let observation):
            let owners = try connection.run(Erasure.owners, [observation.email?.text, observation.phone?.key])[0]
            switch Erasure.customer(of: observation, owners) {
            case .success(let contact?): return contact
            case .success(nil): throw ErasureError.namesNobody
            case .failure(.unknown): throw ErasureError.unknownIdentifiers
            case .failure(.ambiguous): throw ErasureError.ambiguous
            }
        }
    }

    /// - Parameters:
    ///   - contact: Any contact of the customer.
    ///   - begin: Called where it takes more than one piece, with the primary that the command may be given to go on.
    ///   - report: Called after each piece with how many contacts are erased, and how many the customer has in all.
    /// - Throws: `ErasureError`, `DatabaseError`, `SchemaError`.
    public func run(
        _ contact: ContactID, begin: (ContactID) -> Void, report: (_ erased: Int, _ total: Int) -> Void
    ) throws -> Result {
        let before = try size(of: contact)
        if before.live > sizes.upperBound { begin(before.primary) }
        var (size, erased) = (PieceSize(sizes), before.erased)
        while let count = try size.carryOut(reconnect: connection.drop, { try erase($0, of: before.primary) }),
            count > 0
        {
            erased += count
            report(erased, before.live + before.erased)
            if count < before.live { usleep(UInt32(PiecewiseErasure.pause / .microseconds(1))) }
        }
        let after = try self.size(of: contact)
        if let standby { usleep(UInt32(standby.maximumLag / .microseconds(1))) }
        return Result(primary: after.primary, contacts: after.erased)
    }

    /// - Returns: How many contacts were erased; 0 where none was left.
    private func erase(_ count: Int, of primary: ContactID) throws -> Int {
        var pipeline = Pipeline()
        pipeline.execute(ContactStatements.begin)
        _ = pipeline.execute(Erasure.lock, [primary])
        let erase = pipeline.execute(Erasure.eraseYoungest, [primary, Int64(count), false, nil, nil])
        pipeline.execute(ContactStatements.commit)
        return try connection.run(pipeline).written(erase)
    }

    private func size(of contact: ContactID) throws -> (primary: ContactID, live: Int, erased: Int) {
        guard let size = try connection.run(Erasure.size, [contact]).first else { throw ErasureError.unknown }
        return size
    }
}

/// Why a customer can't be erased. Never holds an identifier.
public struct ErasureError: Error, CustomStringConvertible, Equatable, Sendable {
    public let description: String

    public init(_ description: String) {
        self.description = description
    }

    static let unknown = ErasureError("no contact has this id")

    static let namesNobody = ErasureError(
        "what was given was disowned, and is no customer's; POST /erase forgets it")

    static let unknownIdentifiers = ErasureError(
        """
        no customer has these identifiers; where an erasure of theirs was interrupted, identityd verify names the \
        customer, and identityd erase goes on with that id
        """)

    static let ambiguous = ErasureError(
        "email and phoneNumber belong to different customers; send one of them, or the id of a contact")
}
