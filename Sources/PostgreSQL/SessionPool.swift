public import EventLoop

/// A fixed number of sessions, for as many tasks at once. For code on their event loop.
public final class SessionPool {
    private let sessions: [Session]
    /// The one used last is used next, so that no more are busy than need be.
    private var idle: [Session]
    private let line: WaitingLine<Session>

    public init(_ sessions: [Session], on loop: EventLoop) {
        self.sessions = sessions
        idle = sessions
        line = WaitingLine(on: loop)
    }

    public var openConnections: Int { sessions.count(where: \.isOpen) }

    /// Opens the connections that are not open, for the next to find.
    public func connect(before deadline: Deadline) async {
        while let index = idle.firstIndex(where: { !$0.isConnected && $0.mayConnect }) {
            let session = idle.remove(at: index)
            try? await session.connect(before: deadline)
            giveBack(session)
        }
    }

    /// Runs `body` with a session of its own that is connected, as soon as there is one.
    /// - Throws: What `body` throws; `DatabaseError` where none can be connected, or none became idle before `deadline`.
    public func withSession<R>(before deadline: Deadline, _ body: (Session) async throws -> R) async throws -> R {
        while true {
            let session = try await take(before: deadline)
            defer { giveBack(session) }
            do {
                try await session.connect(before: deadline)
            } catch {
                // The server may have no room for all of us: then those who are in share what they have.
                guard sessions.contains(where: \.isInTouch) else { throw error }
                continue
            }
            return try await body(session)
        }
    }

    /// Those who wait go first: what is given back is theirs before a newcomer can take it.
    private func take(before deadline: Deadline) async throws -> Session {
        if let index = next { return idle.remove(at: index) }
        guard let session = await line.wait(until: deadline.instant) else {
            throw DatabaseError(.timedOut, "all connections were busy")
        }
        return session
    }

    /// Of the idle sessions, the one to use next: one that is connected, or else one that may try to be.
    private var next: Int? {
        idle.lastIndex(where: \.isConnected)
            ?? idle.lastIndex { $0.mayConnect || !sessions.contains(where: \.isInTouch) }
    }

    private func giveBack(_ session: Session) {
        idle.append(session)
        if let index = next, line.resumeFirst(with: idle[index]) { idle.remove(at: index) }
    }
}
