import ContactStore
import FastCGI
import Foundation
import Settings
import Testing

@testable import Server

@Suite("Open files")
struct OpenFilesTests {
    private func needed(_ workers: Int, _ connections: Int) throws -> Int {
        OpenFiles.needed(try Settings(environment: ["WORKERS": "\(workers)", "CONNECTIONS": "\(connections)"]))
    }

    @Test("are two for each connection to the database, and room for the web server's of each worker")
    func sum() throws {
        #expect(try needed(1, 18) == 3117)
        #expect(try needed(1, 19) == 3119)
        #expect(try needed(2, 18) == 6170)
    }

    @Test("leave room for a thousand connections where as many followers wait as may")
    func followers() {
        #expect(Listener.maximumChannels == ContactStore.maximumFollowers + 1000)
    }

    @Test("of systemd's unit are enough for the largest settings")
    func unit() throws {
        let file = URL(filePath: #filePath).deletingLastPathComponent().appending(
            path: "../../systemd/identityd@.service")
        let unit = try String(contentsOf: file, encoding: .utf8)
        let limit = try #require(unit.firstMatch(of: /\nLimitNOFILE=([0-9]+)\n/).flatMap { Int($0.1) })
        #expect(try needed(64, 100) <= limit)
    }
}
