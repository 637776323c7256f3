internal import Glibc
internal import PostgreSQL

/// How large the pieces of a bulk command are, each of which is a transaction of its own beside the service's.
///
/// A piece that collides with the service, or waits for it, is tried again as a smaller one: the smaller a transaction is,
/// the less it is in the way of others. As all goes well, pieces grow again.
public struct PieceSize {
    /// For how long a piece may fail.
    private static let timeout = Duration.seconds(60)

    private let range: ClosedRange<Int>
    public private(set) var current: Int
    /// How often a piece was tried again.
    public private(set) var retries = 0

    public init(_ range: ClosedRange<Int>) {
        self.range = range
        current = range.upperBound
    }

    /// Carries out a piece, and again while it fails for a reason that passes by itself.
    /// - Parameters:
    ///   - reconnect: Called where the connection was lost.
    ///   - piece: Gets the size; `nil` where nothing was written, because what was read is no longer so.
    /// - Returns: `nil` where `piece` answered that until there was no time left.
    /// - Throws: What `piece` throws.
    public mutating func carryOut<R>(reconnect: () -> Void, _ piece: (Int) throws -> R?) throws -> R? {
        let deadline = Deadline.after(PieceSize.timeout)
        var backoff = Backoff(first: .milliseconds(5), longest: .milliseconds(500))
        while true {
            do {
                if let result = try piece(current) {
                    current = min(current + current / 4, range.upperBound)
                    return result
                }
                if deadline.hasPassed { return nil }
            } catch let error as DatabaseError where error.isTransient && !deadline.hasPassed {
                if error.isConnectionLost { reconnect() }
            }
            retries += 1
            current = max(current / 2, range.lowerBound)
            usleep(UInt32(backoff.next() / .microseconds(1)))
        }
    }
}

extension DatabaseError {
    /// The same may succeed when it is tried again: another writer was first, or holds a lock, or someone cancelled it, or the
    /// server is away.
    fileprivate var isTransient: Bool {
        isConflict || isLockTimeout || isCancelled || isOutOfPredicateLocks || isConnectionLost
    }
}
