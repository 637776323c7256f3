public import EventLoop

/// The moment by which something must have been answered.
public struct Deadline: Comparable, Sendable {
    public let instant: Moment

    public static func after(_ duration: Duration) -> Deadline {
        Deadline(instant: .now + duration)
    }

    public func extended(by duration: Duration) -> Deadline {
        Deadline(instant: instant + duration)
    }

    /// This one, or the end of a duration that begins now, whichever comes first.
    public func orAfter(_ duration: Duration) -> Deadline { min(self, .after(duration)) }

    public var remaining: Duration { instant - .now }

    public var hasPassed: Bool { remaining <= .zero }

    public static func < (one: Deadline, other: Deadline) -> Bool {
        one.instant < other.instant
    }
}

extension Duration {
    /// Whole milliseconds, rounded up, for poll(2); 0 where the duration is negative.
    var pollMilliseconds: Int32 {
        let (seconds, attoseconds) = components
        let milliseconds = seconds * 1000 + (attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000
        return Int32(clamping: max(0, milliseconds))
    }
}
