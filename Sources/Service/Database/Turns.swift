internal import Identity

/// Those who write to one customer, one after the other. For the tasks of one event loop.
///
/// They would wait for each other in PostgreSQL, too, for the lock on the primary; but there each holds a session, and
/// keeps PostgreSQL from forgetting what others have read.
final class Turns {
    /// Those who wait, by customer; an entry, if only an empty one, while somebody has his turn.
    private var queues: [ContactID: [CheckedContinuation<Void, Never>]] = [:]

    /// Runs `body` when nobody else here has a turn with this customer, in the order of the calls. It watches no deadline:
    /// where all have the same time, those before have earlier ones, save for whoever comes again after a conflict.
    func take<R>(with primary: ContactID, _ body: () async throws -> R) async rethrows -> R {
        if queues[primary] != nil {
            await withCheckedContinuation { queues[primary]!.append($0) }
        } else {
            queues[primary] = []
        }
        defer { end(with: primary) }
        return try await body()
    }

    /// Whoever is next has his turn from now on, and not only once he runs.
    private func end(with primary: ContactID) {
        if queues[primary]!.isEmpty {
            queues[primary] = nil
        } else {
            queues[primary]!.removeFirst().resume()
        }
    }
}
