/// What went wrong between us and PostgreSQL. Never holds a bound value.
public struct DatabaseError: Error, Equatable, CustomStringConvertible, Sendable {
    public enum Kind: Equatable, Sendable {
        /// The server refused a statement, with this SQLSTATE (PostgreSQL 15, Appendix A).
        case refused(sqlState: String)
        /// There is no connection, or it broke before all answers came. What was sent may have been done.
        case disconnected
        /// No answer came before the deadline; the connection was given up. What was sent may have been done.
        case timedOut
        /// An answer came that is not as the statement's reader expects it.
        case unreadable
    }

    public let kind: Kind
    public let message: String
    /// The name of the statement that was refused.
    public let statement: String?

    public init(_ kind: Kind, _ message: String, statement: String? = nil) {
        self.kind = kind
        self.message = message
        self.statement = statement
    }

    /// read_only_sql_transaction, as a standby itself says it when it is to write.
    public static let standby = DatabaseError(
        .refused(sqlState: "25006"),
        "the server is a standby; promote it, or name the primary in DATABASE_URL, which may list several hosts "
            + "with target_session_attrs=read-write")

    public static let noAnswerInTime = DatabaseError(.timedOut, "PostgreSQL did not answer in time")

    public var description: String {
        let context = [statement.map { "statement \($0)" }, sqlState.map { "SQLSTATE \($0)" }].compactMap { $0 }
        return context.isEmpty ? message : "\(message) (\(context.joined(separator: ", ")))"
    }

    public var sqlState: String? {
        if case .refused(let sqlState) = kind { sqlState } else { nil }
    }

    /// Another transaction was first, and another try may succeed: serialization_failure or
    /// deadlock_detected (PostgreSQL 15, 13.5 Serialization Failure Handling).
    public var isConflict: Bool {
        sqlState == "40001" || sqlState == "40P01"
    }

    /// out_of_memory for predicate locks. Passes by itself; see `max_pred_locks_per_transaction`.
    public var isOutOfPredicateLocks: Bool {
        sqlState == "53200"
    }

    /// lock_not_available: another session held a lock for longer than `lock_timeout`.
    public var isLockTimeout: Bool {
        sqlState == "55P03"
    }

    /// query_canceled: by `statement_timeout`, by someone, or by a `lock_timeout` that ran out as the lock was granted. (PostgreSQL 15
    /// forgets whose signal it was when it waits for the next lock: `enable_timeout` in utils/misc/timeout.c.)
    public var isCancelled: Bool {
        sqlState == "57014"
    }

    /// invalid_sql_statement_name: the session was set up without this statement.
    public var isNotPrepared: Bool {
        sqlState == "26000"
    }

    /// undefined_table, undefined_column: a migration has taken away what the session has prepared for.
    public var isOfOtherSchema: Bool {
        sqlState == "42P01" || sqlState == "42703"
    }

    /// A constraint refused a row: integrity_constraint_violation.
    public var isIntegrityViolation: Bool {
        sqlState?.hasPrefix("23") == true
    }

    /// The connection is of no more use, or the server is not to be had: a new one may serve.
    public var isConnectionLost: Bool {
        guard let sqlState else { return kind != .unreadable }
        // Connection exceptions; shutdown, crash and "starting up"; a standby that was the primary; what this session
        // did not prepare, or prepared for another schema, and another one may have.
        return sqlState.hasPrefix("08") || sqlState.hasPrefix("57P") || sqlState == "25006"
            || sqlState == "53300" || isNotPrepared || isOfOtherSchema
    }
}
