public import EventLoop
import Foundation
import Synchronization

/// Code on an event loop of its own, for tests that call it from where they are, and wait.
public actor LoopActor {
    public nonisolated let loop: EventLoop

    public nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }

    public init() throws {
        loop = try EventLoop()
    }

    deinit {
        loop.stop()
    }

    public nonisolated func wait<R: Sendable>(
        _ body: @escaping @Sendable (isolated LoopActor) async throws -> R
    ) throws -> R {
        try loop.wait { try await self.run(body) }
    }

    private func run<R: Sendable>(_ body: @Sendable (isolated LoopActor) async throws -> R) async throws -> R {
        try await body(self)
    }
}

extension EventLoop {
    /// Blocks the calling thread, and none of the cooperative pool, until a task on the loop is done.
    public func wait<R: Sendable>(_ body: @escaping @Sendable () async throws -> R) throws -> R {
        let outcome = Outcome<R>()
        Task(executorPreference: self) {
            do {
                outcome.set(.success(try await body()))
            } catch {
                outcome.set(.failure(error))
            }
        }
        return try outcome.wait().get()
    }
}

private final class Outcome<R: Sendable>: Sendable {
    private let result = Mutex<Result<R, any Error>?>(nil)
    private let isThere = DispatchSemaphore(value: 0)

    func set(_ result: Result<R, any Error>) {
        self.result.withLock { $0 = result }
        isThere.signal()
    }

    func wait() -> Result<R, any Error> {
        isThere.wait()
        return result.withLock { $0! }
    }
}
