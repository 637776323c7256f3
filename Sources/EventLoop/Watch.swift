/// A descriptor that an event loop watches. For code on that loop, and for one task at a time.
public final class Watch {
    public enum Trigger: Sendable {
        /// A wait ends as long as there is something to read: for those who may leave some of it.
        case level
        /// A wait ends once for what came since the last one: for those who leave bytes until more have come.
        case edge
    }

    public enum Event: Sendable {
        case readable
        /// There is room to write, or something to read, which may be what makes room.
        case writable
    }

    public let descriptor: Int32
    private let loop: EventLoop

    init(_ descriptor: Int32, on loop: EventLoop) {
        self.descriptor = descriptor
        self.loop = loop
    }

    deinit {
        loop.remove(descriptor)
    }

    /// - Returns: Whether it came about, or the peer went away, before `expiry` and before it was cancelled. Where the
    ///   system can't watch the descriptor, `false` at once.
    public func wait(for event: Event, until expiry: Moment? = nil) async -> Bool {
        await loop.wait(descriptor, for: event, until: expiry)
    }

    /// Ends a wait for `event` that is under way.
    /// - Returns: Whether one was.
    @discardableResult
    public func cancel(_ event: Event) -> Bool {
        loop.cancel(descriptor, event)
    }

    /// Whether something came while no task waited for it: on a connection that should be silent, its end.
    public var hasFired: Bool { loop.hasFired(descriptor) }
}
