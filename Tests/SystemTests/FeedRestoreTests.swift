import Foundation
import TestSupport
import Testing

/// A follower that was at the end of the feed comes back to a database that lost what it saw last, and in which the same ids
/// and transactions were given to others.
@Suite("A cursor of the feed, behind a restore", .serialized)
struct FeedRestoreTests {
    /// Makes one customer of two new ones.
    private func merge(_ number: Int, _ server: RunningServer) throws {
        for half in 1...2 {
            let body = #"{"email":"m\#(number)-\#(half)@x.org","phoneNumber":"90\#(number)00\#(half)"}"#
            #expect(try HTTP.post(body, port: server.port).status == 200)
        }
        let both = #"{"email":"m\#(number)-1@x.org","phoneNumber":"90\#(number)002"}"#
        #expect(try HTTP.post(both, port: server.port).status == 200)
    }

    private struct Page {
        let status: Int
        var absorbed: [Int] = []
        var next = ""
    }

    private func feed(_ server: RunningServer, after cursor: String? = nil) throws -> Page {
        let answer = try HTTP.get("/changes" + (cursor.map { "?after=\($0)" } ?? ""), port: server.port)
        guard answer.status == 200 else { return Page(status: answer.status) }
        let page = try answer.object()
        let changes = try #require(page["changes"] as? [[String: Any]])
        return Page(
            status: 200, absorbed: changes.compactMap { $0["absorbedContactId"] as? Int },
            next: try #require(page["next"] as? String))
    }

    /// Once the feed shows the merge.
    private func end(of server: RunningServer, absorbing contact: Int) throws -> String {
        var page = Page(status: 0)
        #expect(
            try eventually {
                page = try feed(server)
                return page.absorbed.last == contact
            })
        return page.next
    }

    /// What was lost is 410, before and after others have its ids; what was not lost is gone on from, and no merge is skipped.
    private func check(_ server: RunningServer, early: String, late: String) throws {
        #expect(try feed(server, after: late).status == 410)
        #expect(try feed(server, after: early).absorbed == [])
        for number in 5...6 { try merge(number, server) }
        _ = try end(of: server, absorbing: 8)
        #expect(try feed(server, after: late).status == 410)
        #expect(try feed(server, after: early).absorbed == [5, 8])
        #expect(try feed(server).absorbed == [2, 5, 8])
    }

    @Test("on a volume that was rolled back, is 410 where its merge was lost, and skips none")
    func rolledBackVolume() throws {
        let first = try RunningServer()
        try merge(1, first)
        let early = try end(of: first, absorbing: 2)
        first.stop()
        let data = first.stateDirectory + "/data"
        #expect(try command("/bin/cp", ["--archive", data, data + ".aside"]).status == 0)

        let second = try RunningServer(stateDirectory: first.stateDirectory)
        for number in 2...3 { try merge(number, second) }
        let late = try end(of: second, absorbing: 8)
        second.stop()
        let putBack = "rm -r '\(data)' && mv '\(data).aside' '\(data)'"
        #expect(try command("/bin/sh", ["-c", putBack]).status == 0)

        let third = try RunningServer(stateDirectory: first.stateDirectory)
        try check(third, early: early, late: late)
    }

    @Test("in a dump restored into the same cluster, is 410 where its merge was lost, and skips none")
    func restoredDump() throws {
        let original = try RunningServer()
        try merge(1, original)
        let early = try end(of: original, absorbing: 2)
        let restore = """
            export PGHOST='\(original.stateDirectory)/run' PGPORT=5432 PGUSER=postgres
            createdb --template=template0 restored && pg_dump postgres |
                psql --quiet --no-psqlrc --set ON_ERROR_STOP=1 --dbname restored --output /dev/null
            """
        #expect(try command("/bin/bash", ["-o", "pipefail", "-c", restore]).output == "")
        for number in 2...3 { try merge(number, original) }
        let late = try end(of: original, absorbing: 8)

        let url = original.databaseURL.replacing("dbname=postgres", with: "dbname=restored")
        let restored = try RunningServer(["DATABASE_URL": url])
        try check(restored, early: early, late: late)
        restored.stop()
    }
}
