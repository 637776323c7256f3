import Glibc
import TestSupport
import Testing

/// Requests that nginx and the service hold, each on a connection of its own: `GET /changes?…&wait=30`.
final class HeldFollowers {
    private let descriptors: [Int32]

    /// Returns once all of them wait. No more than 250 are one client's.
    /// - Parameter cursor: The end of the feed; `nil` where it has nothing yet.
    init(_ count: Int, of server: RunningServer, at cursor: String? = nil) throws {
        let query = (cursor.map { "after=\($0)&" } ?? "") + "wait=30"
        let request = Array("GET /changes?\(query) HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".utf8)
        descriptors = try (0..<count).map { number in
            let descriptor = try HTTP.connect(port: server.port, from: UInt8(2 + number / 250))
            send(descriptor, request, request.count, Int32(MSG_NOSIGNAL))
            return descriptor
        }
        #expect(try eventually { try server.followers() == count })
    }

    /// Of each, once it has one.
    func answers() throws -> [HTTP.Answer] {
        try descriptors.map { try HTTP.answer(on: $0) }
    }

    deinit {
        for descriptor in descriptors { close(descriptor) }
    }
}

extension RunningServer {
    /// How many wait, as its metrics say.
    func followers() throws -> Int {
        let page = try HTTP.get("/metrics", port: port).body
        return try #require(page.firstMatch(of: #/\nidentityd_followers\{.+\} ([0-9]+)\n/#).flatMap { Int($0.1) })
    }
}
