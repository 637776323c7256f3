internal import Glibc

/// Runs `body` on a thread of its own, for what blocks: Swift's cooperative pool must not be made to wait.
public func startThread(_ body: @escaping @Sendable () -> Void) throws(EventLoopError) {
    let context = Unmanaged.passRetained(Body(body))
    var thread = pthread_t()
    let code = pthread_create(
        &thread, nil,
        { context in
            Unmanaged<Body>.fromOpaque(context!).takeRetainedValue().run()
            return nil
        }, context.toOpaque())
    guard code == 0 else {
        context.release()
        throw EventLoopError("no thread", code)
    }
    pthread_detach(thread)
}

private final class Body: Sendable {
    let run: @Sendable () -> Void

    init(_ run: @escaping @Sendable () -> Void) {
        self.run = run
    }
}
