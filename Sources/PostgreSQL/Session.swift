public import EventLoop

/// A connection on an event loop that comes back: opened when first needed, and again after it was lost. For
/// code on that loop, and for one task at a time.
public final class Session {
    private let loop: EventLoop
    private let configuration: ConnectionConfiguration
    private let setUp: SetUp
    private var connection: Connection?
    private var watch: Watch?
    private var attempt: ConnectionAttempt?
    private var backoff = Backoff(first: .milliseconds(25), longest: .milliseconds(500))
    /// No attempt before this; until then callers get `lastFailure` at once.
    private var retryAt: Deadline?
    private var lastFailure: any Error = DatabaseError(.disconnected, "not connected yet")

    /// Makes a new connection ready for use, or refuses it by throwing. Runs on a thread that may block.
    public typealias SetUp = @Sendable (Connection, Deadline) throws -> Void

    public init(
        _ configuration: ConnectionConfiguration, on loop: EventLoop,
        settingUp setUp: @escaping SetUp = { _, _ in }
    ) {
        self.configuration = configuration
        self.loop = loop
        self.setUp = setUp
    }

    deinit {
        drop()
    }

    /// One round trip for all statements of `pipeline`, on a new connection if there is none or the server closed it.
    /// - Returns: The rows of each statement, in order.
    /// - Throws: `DatabaseError`, or what setting up a connection threw.
    public func run(_ pipeline: Pipeline, before deadline: Deadline) async throws -> [Rows] {
        try await connect(before: deadline)
        return try await goOn(with: pipeline, before: deadline)
    }

    /// The same, in a transaction that the pipeline before began: never on another connection. A transaction that is
    /// left open costs the connection.
    public func goOn(with pipeline: Pipeline, before deadline: Deadline) async throws -> [Rows] {
        guard let connection, let watch else { throw lastFailure }
        do {
            var trip = try RoundTrip(on: connection, pipeline)
            while let event = try trip.advance() {
                guard await watch.wait(for: event, until: deadline.instant) else { throw DatabaseError.noAnswerInTime }
            }
            return try trip.answers()
        } catch let error as DatabaseError {
            if error.isConnectionLost { drop() }
            throw error
        }
    }

    /// Opens a connection if there is none that lives.
    /// - Throws: As `run`.
    public func connect(before deadline: Deadline) async throws {
        if isConnected { return }
        drop()
        guard mayConnect else { throw lastFailure }
        do {
            let attempt = try self.attempt ?? ConnectionAttempt(configuration, settingUp: setUp, before: deadline)
            self.attempt = attempt
            let connection = try await attempt.connection(on: loop, before: deadline)
            watch = try loop.watch(connection.descriptor, .level)
            self.connection = connection
            self.attempt = nil
            retryAt = nil
            backoff.reset()
        } catch {
            // One that hangs is gone on with by the next caller.
            if attempt?.isOver == true { attempt = nil }
            retryAt = .after(backoff.next())
            lastFailure = error
            throw error
        }
    }

    /// Believed connected, or connecting.
    public var isInTouch: Bool { connection != nil || attempt?.isHopeful == true }

    /// Idle, on a connection that lives.
    public var isConnected: Bool {
        guard let connection, let watch, connection.isIdle else { return false }
        // What came while nothing was asked is mostly the end.
        return !watch.hasFired || connection.isAlive
    }

    /// Idle on a connection that lives, or in use.
    public var isOpen: Bool { connection?.isIdle == false || isConnected }

    /// Whether it is not too soon after an attempt that failed.
    var mayConnect: Bool { retryAt?.hasPassed ?? true }

    private func drop() {
        // In this order: a descriptor is let go of before it is closed.
        watch = nil
        connection = nil
    }
}
