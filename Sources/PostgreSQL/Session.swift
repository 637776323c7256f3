/// A connection that comes back: opened when first needed, and again after it was lost. For one thread.
public final class Session {
    /// How long one attempt to connect may take; also how soon a caller hears that there is none.
    static let connectTimeout = Duration.milliseconds(800)

    private let configuration: ConnectionConfiguration
    /// Looks at each new connection before it is used, and refuses it by throwing.
    private let inspect: (Connection, Deadline) throws -> Void
    private var current: Connection?
    private var backoff = Backoff(first: .milliseconds(25), longest: .milliseconds(500))
    /// No attempt before this; until then callers get `lastFailure` at once.
    private var retryAt: Deadline?
    private var lastFailure: any Error = DatabaseError(.disconnected, "not connected yet")

    public init(
        _ configuration: ConnectionConfiguration,
        inspecting inspect: @escaping (Connection, Deadline) throws -> Void = { _, _ in }
    ) {
        self.configuration = configuration
        self.inspect = inspect
    }

    /// A live connection; a new one, if there is none or the server closed it.
    /// - Throws: `DatabaseError`, or what the inspection threw.
    public func connection(before deadline: Deadline) throws -> Connection {
        if let current, current.isAlive { return current }
        current = nil
        if let retryAt, !retryAt.hasPassed { throw lastFailure }
        do {
            let limit = min(deadline, .after(Session.connectTimeout))
            let connection = try Connection(configuration, before: limit)
            try inspect(connection, limit)
            current = connection
            retryAt = nil
            backoff.reset()
            return connection
        } catch {
            retryAt = .after(backoff.next())
            lastFailure = error
            throw error
        }
    }

    /// Lets go of a connection that failed.
    public func drop() {
        current = nil
    }
}
