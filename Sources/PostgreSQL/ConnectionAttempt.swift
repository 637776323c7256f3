internal import EventLoop
internal import Synchronization

/// A connection that is being opened, on a thread of its own: libpq looks up host names, and reads certificates, in calls
/// that block. A look-up has no limit of its own, and can't be ended: so who waits for the connection goes away in time,
/// and the thread goes on.
final class ConnectionAttempt: Sendable {
    /// How long a server may take to let us in; also how soon a caller hears that there is none.
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
        while !isOver {
            let isConnecting = phase.load(ordering: .relaxed) == .connecting
            let limit = isConnecting ? min(deadline, expiry) : deadline
            if limit.hasPassed {
                throw DatabaseError(
                    .timedOut,
                    isConnecting
                        ? "PostgreSQL, or the look-up of its host name, did not answer in time"
                        : "PostgreSQL did not set up a session in time")
            }
            _ = await watch.wait(for: .readable, until: limit.instant)
        }
        return try outcome!.get()
    }
}
