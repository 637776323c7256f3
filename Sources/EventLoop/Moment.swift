internal import Glibc

/// A moment of the clock that never stops and is never set: `ContinuousClock.Instant` in 8 bytes. The layout of that one is known
/// to the standard library alone, so whatever holds it is copied and compared by way of tables: 5 % of a known request.
public struct Moment: Comparable, Sendable {
    /// Since the machine started.
    private let nanoseconds: Int64

    public static var now: Moment {
        var time = timespec()
        clock_gettime(CLOCK_BOOTTIME, &time)
        return Moment(nanoseconds: Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec))
    }

    public static func + (moment: Moment, duration: Duration) -> Moment {
        let (seconds, attoseconds) = duration.components
        return Moment(nanoseconds: moment.nanoseconds + seconds * 1_000_000_000 + attoseconds / 1_000_000_000)
    }

    /// How long after `other` it is.
    public static func - (moment: Moment, other: Moment) -> Duration {
        .nanoseconds(moment.nanoseconds - other.nanoseconds)
    }

    public static func < (one: Moment, other: Moment) -> Bool { one.nanoseconds < other.nanoseconds }
}
