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
        fileID: String = #fileID, line: Int = #line,
        _ body: @escaping @Sendable (isolated LoopActor) async throws -> R
    ) throws -> R {
        try loop.wait(fileID: fileID, line: line) { try await self.run(body) }
    }

    private func run<R: Sendable>(_ body: @Sendable (isolated LoopActor) async throws -> R) async throws -> R {
        try await body(self)
    }
}

extension EventLoop {
    /// Blocks the calling thread, and none of the cooperative pool, until a task on the loop is done.
    /// - Parameters:
    ///   - limit: Longer than any deadline that the task has itself.
    ///   - fileID: For the error, with `line`.
    /// - Throws: What the task throws; `WaitedInVain`.
    public func wait<R: Sendable>(
        within limit: Duration = .seconds(60), fileID: String = #fileID, line: Int = #line,
        _ body: @escaping @Sendable () async throws -> R
    ) throws -> R {
        let outcome = Outcome<R>()
        Task(executorPreference: self) {
            do {
                outcome.set(.success(try await body()))
            } catch {
                outcome.set(.failure(error))
            }
        }
        guard let result = outcome.wait(within: limit) else {
            throw WaitedInVain("\(fileID):\(line): what the event loop was to do is not done", limit)
        }
        return try result.get()
    }
}

private final class Outcome<R: Sendable>: Sendable {
    private let result = Mutex<Result<R, any Error>?>(nil)
    private let isThere = DispatchSemaphore(value: 0)

    func set(_ result: Result<R, any Error>) {
        self.result.withLock { $0 = result }
        isThere.signal()
    }

    /// - Returns: `nil` where nothing came.
    func wait(within limit: Duration) -> Result<R, any Error>? {
        guard isThere.wait(timeout: limit.dispatchTime) == .success else { return nil }
        return result.withLock { $0 }
    }
}
