internal import PostgreSQL
internal import Synchronization

/// Sees whether connections keep their server processes from one transaction to the next, as the settings and the prepared
/// statements of a session need. Behind PgBouncer they do with `pool_mode = session` alone: otherwise statements are missing
/// sooner or later, and other programs of the pool run with our settings.
///
/// A pooler gives up its mode to its administrator only, so this looks for what can't be in a session: that two connections
/// have one server process, or one has two, while both are up. PgBouncer gives out the server process that was
/// used last, so on an idle pool the first try shows it. Latency, however long, is never taken for it.
final class PoolerCheck: Sendable {
    /// Each with a new connection, because one name may stand for several poolers.
    private static let tries = 5

    /// In each of them; beside the load of others, one look may miss it.
    private static let looks = 2

    private let configuration: ConnectionConfiguration
    private let isPassed = Mutex(false)

    init(_ configuration: ConnectionConfiguration) {
        self.configuration = configuration
    }

    /// Until it has passed once: a change of the pooler's mode comes with a restart.
    /// - Throws: `SchemaError.pooled`, `DatabaseError`.
    func run(on connection: Connection, before deadline: Deadline) throws {
        // One after the other, because each opens a connection more.
        try isPassed.withLock { isPassed in
            if isPassed { return }
            try check(connection, before: deadline)
            isPassed = true
        }
    }

    private func check(_ connection: Connection, before deadline: Deadline) throws {
        var backend = try Backend(of: connection, before: deadline)
        if backend.id == connection.announcedBackend { return }
        for _ in 0..<PoolerCheck.tries {
            let other = try Connection(configuration, before: deadline)
            for _ in 0..<PoolerCheck.looks {
                let others = try Backend(of: other, before: deadline)
                let before = backend
                backend = try Backend(of: connection, before: deadline)
                guard backend == before, backend != others else { throw SchemaError.pooled }
            }
        }
    }
}

/// A server process. Its id alone may be another's on another machine, or later.
private struct Backend: Equatable {
    let id: Int64
    private let start: String

    init(of connection: Connection, before deadline: Deadline) throws {
        self = try connection.run(script: Backend.own, before: deadline)[0]
    }

    private init(_ columns: inout Columns) throws {
        id = try columns.integer()
        start = columns.textOrNull() ?? ""
    }

    private static let own = Query(
        "SELECT pid, backend_start FROM pg_stat_get_activity(pg_backend_pid())"
    ) { try Backend(&$0) }
}
