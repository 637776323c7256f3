/// A connection that comes back: opened when first needed, and again after it was lost. For one thread.
public final class Session {
    /// How long a server may take to let us in; also how soon a caller hears that there is none.
    private static let connectTimeout = Duration.milliseconds(900)

    private let configuration: ConnectionConfiguration
    /// Makes a new connection ready for use, or refuses it by throwing.
    private let setUp: (Connection, Deadline) throws -> Void
    private var current: Connection?
    private var backoff = Backoff(first: .milliseconds(25), longest: .milliseconds(500))
    /// No attempt before this; until then callers get `lastFailure` at once.
    private var retryAt: Deadline?
    private var lastFailure: any Error = DatabaseError(.disconnected, "not connected yet")

    public init(
        _ configuration: ConnectionConfiguration,
        settingUp setUp: @escaping (Connection, Deadline) throws -> Void = { _, _ in }
    ) {
        self.configuration = configuration
        self.setUp = setUp
    }

    /// A live connection; a new one, if there is none or the server closed it.
    /// - Throws: `DatabaseError`, or what setting it up threw.
    public func connection(before deadline: Deadline) throws -> Connection {
        if let current, current.isAlive { return current }
        current = nil
        if let retryAt, !retryAt.hasPassed { throw lastFailure }
        do {
            let connection = try Connection(configuration, before: min(deadline, .after(Session.connectTimeout)))
            try setUp(connection, deadline)
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

    /// Whether there is a connection, as far as is known.
    public var isConnected: Bool { current != nil }

    /// Lets go of a connection that failed.
    public func drop() {
        current = nil
    }
}
