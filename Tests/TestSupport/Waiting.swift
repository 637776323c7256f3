import Foundation

/// A test waited in vain. No test waits without an end, so that what hangs fails a test that has a name.
///
/// (`.timeLimit` of Swift Testing does not do it: it cancels a task, and a thread that is blocked does not notice.)
public struct WaitedInVain: Error, CustomStringConvertible {
    public let description: String

    public init(_ what: String, _ limit: Duration) {
        description = "\(what) after \(limit / .seconds(1)) seconds"
    }
}

/// Waits until `condition` holds, at most for `seconds`. The default is for what promises no time.
public func eventually(within seconds: Double = 60, _ condition: () throws -> Bool) rethrows -> Bool {
    let end = ContinuousClock.now + .seconds(seconds)
    while ContinuousClock.now < end {
        if try condition() { return true }
        usleep(20_000)
    }
    return try condition()
}

extension Duration {
    /// From now on, for what is waited for with Dispatch.
    var dispatchTime: DispatchTime { .now() + self / .seconds(1) }
}
