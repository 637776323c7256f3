internal import EventLoop

/// Those who wait for changes that are still to come, on one event loop.
///
/// None of them holds a session. As long as there are any, one statement every `period` says where the feed ends, and only if
/// it has gone on, the changes are read: once for all who wait behind the same one. That it is the end of what is *listed*
/// matters: a change can be there and not be listed yet (see `ChangeFeed.page`), and the feed goes on without a notice.
final class Followers {
    typealias Answer = Result<ChangeFeed?, StoreError>

    private struct Place: Hashable {
        let cursor: ChangeCursor
        let limit: Int
    }

    private struct Follower {
        let place: Place
        let isGone: () -> Bool
        /// `nil` lets it go with nothing.
        let answer: Promise<Answer?>
    }

    private static let period = Duration.milliseconds(200)

    private let loop: EventLoop
    private var waiting: [ObjectIdentifier: Follower] = [:]
    /// Ends with the first that waits.
    private let arrival: WaitingLine<Void>
    private var isStopped = false

    init(on loop: EventLoop) {
        self.loop = loop
        arrival = WaitingLine(on: loop)
    }

    var count: Int { waiting.count }

    /// - Parameter isGone: Whether nobody waits for the answer any more.
    /// - Returns: `nil` where nothing came before `expiry`, or it was let go.
    func wait(
        after cursor: ChangeCursor, limit: Int, until expiry: Moment, unless isGone: @escaping () -> Bool
    ) async -> Answer? {
        if isStopped { return nil }
        let answer = Promise<Answer?>(on: loop)
        waiting[ObjectIdentifier(answer)] = Follower(
            place: Place(cursor: cursor, limit: limit), isGone: isGone, answer: answer)
        defer { waiting[ObjectIdentifier(answer)] = nil }
        if waiting.count == 1 { arrival.resumeFirst(with: ()) }
        return await answer.wait(until: expiry) ?? nil
    }

    /// Tells them of changes, until `stop`.
    func serve(from store: ContactStore) async {
        while !isStopped {
            await arrival.wait(until: waiting.isEmpty ? nil : .now + Followers.period)
            end(with: nil) { $0.isGone() }
            if !waiting.isEmpty { await tell(from: store) }
        }
    }

    /// Lets all go, and has nobody wait any more.
    func stop() {
        isStopped = true
        end(with: nil) { _ in true }
        arrival.resumeFirst(with: ())
    }

    private func tell(from store: ContactStore) async {
        do throws(StoreError) {
            let end = try await store.endOfFeed()
            for place in Set(waiting.values.lazy.map(\.place).filter { $0.cursor < end }) {
                let feed = try await store.changes(after: place.cursor, limit: place.limit).value
                if feed?.changes.isEmpty != true { self.end(with: .success(feed)) { $0.place == place } }
            }
        } catch {
            // Its retries are no single request's.
            let error = StoreError(error.kind, retries: [:], sqlState: error.sqlState, message: error.message)
            end(with: .failure(error)) { _ in true }
        }
    }

    private func end(with answer: Answer?, where isMeant: (Follower) -> Bool) {
        for follower in waiting.values where isMeant(follower) { follower.answer.fulfill(answer) }
    }
}

extension ContactStore {
    /// More are not to wait: each holds a connection of the web server, and enough of them must be left to the rest.
    public static let maximumFollowers = 2000

    /// How many wait for changes.
    public var followerCount: Int { followers.count }

    /// What comes behind the end of the feed, as soon as it does; and that end, where nothing comes in time or before
    /// `letFollowersGo`.
    /// - Parameters:
    ///   - limit: As for `changes`.
    ///   - isGone: Whether nobody waits for it any more: looked at now and then.
    /// - Returns: `nil` as `changes`.
    public func changes(
        behind end: ChangeFeed, limit: Int, within duration: Duration, unless isGone: @escaping () -> Bool
    ) async throws(StoreError) -> Reply<ChangeFeed?> {
        let answer = await followers.wait(after: end.next, limit: limit, until: .now + duration, unless: isGone)
        return Reply(value: try answer?.get() ?? end, retries: [:])
    }

    /// Tells those who wait of changes, until `letFollowersGo`. A task runs it.
    public func tellFollowers() async {
        await followers.serve(from: self)
    }

    /// Ends all waits, and those to come.
    public func letFollowersGo() {
        followers.stop()
    }
}
