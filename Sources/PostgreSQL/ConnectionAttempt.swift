internal import EventLoop
internal import Synchronization

/// A connection that is being opened, on a thread of its own: libpq looks up host names, and reads certificates, in calls
/// that block. A look-up has no limit of its own, and can't be ended: so who waits for the connection goes away in time,
/// and the thread goes on.
final class ConnectionAttempt: Sendable {
    /// How long a server may take to let us in; also how soon a caller is told that there is no server.
    private static let timeout = Duration.milliseconds(900)

    private enum Phase: UInt8, AtomicRepresentable {
        case connecting
        case settingUp
        case over
    }

    private let phase = Atomic(Phase.connecting)
    private let expiry = Deadline.after(timeout)
    private let wakeUp: WakeUp
    /// Written before the phase is over, read afterwards.
    private nonisolated(unsafe) var outcome: Result<Connection, any Error>?

    /// - Parameter deadline: For setting it up.
    init(
        _ configuration: ConnectionConfiguration, settingUp setUp: @escaping Session.SetUp, before deadline: Deadline
    ) throws(EventLoopError) {
        wakeUp = try WakeUp()
        try startThread { [self] in
            outcome = Result {
                let connection = try Connection(configuration, before: expiry)
                phase.store(.settingUp, ordering: .relaxed)
                try setUp(connection, deadline)
                return connection
            }
            phase.store(.over, ordering: .releasing)
            wakeUp.send()
        }
    }

    var isOver: Bool { phase.load(ordering: .acquiring) == .over }

    /// Not one whose look-up hangs.
    var isHopeful: Bool { phase.load(ordering: .relaxed) != .connecting || !expiry.hasPassed }

    /// Waits for it, on the loop.
    /// - Throws: `DatabaseError`, or what setting it up threw.
    func connection(on loop: EventLoop, before deadline: Deadline) async throws -> Connection {
        let watch = try loop.watch(wakeUp.descriptor, .level)
        while let limit = try limit(deadline) { _ = await watch.wait(for: .readable, until: limit.instant) }
        return try outcome!.get()
    }

    /// The same for a thread that may block.
    func connection(before deadline: Deadline) throws -> Connection {
        while let limit = try limit(deadline) { wakeUp.wait(until: limit.instant) }
        return try outcome!.get()
    }

    /// How long to wait for what it does now; `nil` where it is over.
    /// - Throws: `DatabaseError`, where that time is over.
    private func limit(_ deadline: Deadline) throws(DatabaseError) -> Deadline? {
        if isOver { return nil }
        let isConnecting = phase.load(ordering: .relaxed) == .connecting
        let limit = isConnecting ? min(deadline, expiry) : deadline
        guard limit.hasPassed else { return limit }
        throw DatabaseError(
            .timedOut,
            isConnecting
                ? "PostgreSQL, or the look-up of its host name, did not answer in time"
                : "PostgreSQL did not set up a session in time")
    }
}

extension Connection {
    /// Connects as `init` does; but a look-up of its host name that hangs does not hold the caller.
    /// - Throws: `DatabaseError`.
    public static func open(_ configuration: ConnectionConfiguration, before deadline: Deadline) throws -> Connection {
        try ConnectionAttempt(configuration, settingUp: { _, _ in }, before: deadline).connection(before: deadline)
    }
}
