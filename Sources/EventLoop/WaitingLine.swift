/// A value that one task waits for until a deadline, and another task brings. For tasks of one event loop.
public final class Promise<Value> {
    private let loop: EventLoop
    private var ticket: Int?
    private var value: Value?

    public init(on loop: EventLoop) {
        self.loop = loop
    }

    /// Call it once.
    /// - Returns: `nil` where nothing came before `expiry`.
    public func wait(until expiry: Moment?) async -> Value? {
        await loop.park(until: expiry) { ticket = $0 }
        ticket = nil
        return value
    }

    /// Ends the wait with `value`.
    /// - Returns: Whether a task still waits for it.
    @discardableResult
    public func fulfill(_ value: Value) -> Bool {
        guard let ticket, loop.unpark(ticket) else { return false }
        self.value = value
        self.ticket = nil
        return true
    }
}

/// Tasks that wait for values of a kind, each until its own deadline, and get them in the order in which they came. For
/// tasks of one event loop.
///
/// The line itself ends a wait whose time is over: a deadline that each who brings a value must watch is no deadline.
public final class WaitingLine<Value> {
    private let loop: EventLoop
    private var places: [Promise<Value>] = []

    public init(on loop: EventLoop) {
        self.loop = loop
    }

    /// - Returns: `nil` where nothing came before `expiry`.
    public func wait(until expiry: Moment?) async -> Value? {
        let place = Promise<Value>(on: loop)
        places.append(place)
        let value = await place.wait(until: expiry)
        if value == nil { places.removeAll { $0 === place } }
        return value
    }

    /// Ends the wait of the first in the line, from this moment on and not only once its task runs.
    /// - Returns: Whether there was one.
    @discardableResult
    public func resumeFirst(with value: Value) -> Bool {
        while !places.isEmpty {
            if places.removeFirst().fulfill(value) { return true }
        }
        return false
    }
}
