internal import PostgreSQL

/// Why the store could not do what a request asked for. Never holds a bound value.
public struct StoreError: Error, Sendable {
    public enum Kind: Equatable, Sendable {
        /// Other requests wrote to the same customer until the deadline.
        case contended
        /// The database could not be reached.
        case unreachable
        /// The connection broke, and new ones did too.
        case disconnected
        /// The database is a standby, or another that can't do what is needed.
        case unsupported
        /// The database takes no writes.
        case readOnly
        /// The database does not let the service in.
        case accessDenied
        case missingDatabase
        /// The service's role lacks a right.
        case missingPrivilege
        case outOfResources
        /// Others held locks for too long.
        case busy
        case timedOut
        case storageFailed
        /// The database needs `identityd migrate`.
        case notMigrated
        /// This version can't work with the database.
        case unusableSchema
        /// A mistake of ours, or of the database's.
        case internalError
    }

    public let kind: Kind
    public let retries: Retries
    public let sqlState: String?
    /// For the log.
    public let message: String?

    init(_ kind: Kind, retries: Retries, sqlState: String? = nil, message: String? = nil) {
        self.kind = kind
        self.retries = retries
        self.sqlState = sqlState
        self.message = message
    }

    /// What a failure that is not tried again is to the caller.
    init(_ error: any Error, retries: Retries) {
        switch error {
        case let error as SchemaError:
            let kind = error.isMendedByMigrating ? Kind.notMigrated : .unusableSchema
            self.init(kind, retries: retries, message: "\(error)")
        case let error as DatabaseError:
            self.init(Kind(error), retries: retries, sqlState: error.sqlState, message: error.message)
        default:
            self.init(.internalError, retries: retries)
        }
    }
}

extension StoreError.Kind {
    fileprivate init(_ error: DatabaseError) {
        switch error.kind {
        case .disconnected, .timedOut: self = .unreachable
        case .unreadable: self = .internalError
        case .refused(let sqlState):
            self = Self.bySQLState.first { sqlState.hasPrefix($0.prefix) }?.kind ?? .internalError
        }
    }

    /// By the beginning of the SQLSTATE (PostgreSQL 15, Appendix A), the longer ones first. The others are mistakes: among
    /// them 25, 42 and 54, where what we send is not as it should be, and XX, a fault of the database's own.
    private static let bySQLState: [(prefix: String, kind: Self)] = [
        ("08", .disconnected),
        ("0A", .unsupported),
        ("25006", .readOnly),
        // A session that was opened before a migration lacks the statements for what came with it.
        ("26", .notMigrated),
        ("28", .accessDenied),
        ("3D", .missingDatabase),
        ("40", .contended),
        ("42501", .missingPrivilege),
        ("53", .outOfResources),
        ("55", .busy),
        ("57", .timedOut),
        ("58", .storageFailed),
    ]
}
