import Foundation
import PostgreSQL
import TestSupport
import Testing

@Suite("script/server", .serialized)
struct ServerScriptTests {
    @Test("keeps its data between runs, begins anew with --fresh, and leaves no process behind")
    func data() throws {
        let body = #"{"email":"kept@x.org"}"#
        let again = #"{"email":"other@x.org"}"#
        let first = try RunningServer()
        #expect(try HTTP.post(body, port: first.port).status == 200)
        #expect(first.stop() == 0)
        #expect(try leftovers(first) == "")

        let second = try RunningServer(stateDirectory: first.stateDirectory)
        #expect(try HTTP.post(again, port: second.port).body.contains(#""primaryContactId":2,"#))
        #expect(second.stop(SIGINT) == 0)
        #expect(try leftovers(second) == "")

        let fresh = try RunningServer(stateDirectory: first.stateDirectory, options: ["--fresh"])
        #expect(try HTTP.post(again, port: fresh.port).body.contains(#""primaryContactId":1,"#))
    }

    /// Processes that have to do with the state directory.
    private func leftovers(_ server: RunningServer) throws -> String {
        // In brackets, so that grep does not find itself.
        let pattern = "[/]" + server.stateDirectory.dropFirst()
        return try command("/bin/bash", ["-c", "grep -las '\(pattern)' /proc/[0-9]*/{cmdline,environ}"]).output
    }

    @Test("runs beside another with its own PORT and STATE_DIR")
    func sideBySide() throws {
        let (one, other) = (try RunningServer(), try RunningServer())
        #expect(try HTTP.post(#"{"email":"one@x.org"}"#, port: one.port).status == 200)
        #expect(try HTTP.post(#"{"email":"two@x.org"}"#, port: other.port).body.contains(#""primaryContactId":1,"#))
        one.stop()
        #expect(try HTTP.get("/health/ready", port: other.port).status == 200)
    }

    @Test("refuses a STATE_DIR or a PORT that another uses, and says which")
    func conflicts() throws {
        let server = try RunningServer()
        let variables = ["BINARY": RunningServer.binary, "STATE_DIR": server.stateDirectory, "PORT": "1999"]
        let sameState = try Script("server", [], environment: variables)
        sameState.waitForExit()
        #expect(sameState.status == 1)
        #expect(sameState.waits(for: "STATE_DIR"))

        let other = ["STATE_DIR": server.stateDirectory + "-other", "PORT": "\(server.port)"]
        let samePort = try Script("server", [], environment: variables.merging(other) { $1 })
        samePort.waitForExit()
        #expect(samePort.status == 1)
        #expect(samePort.waits(for: "PORT"))
        #expect(try HTTP.get("/health/ready", port: server.port).status == 200)
        try? FileManager.default.removeItem(atPath: server.stateDirectory + "-other")
    }

    @Test("takes DATABASE_URL instead of a cluster of its own, and does not empty it")
    func databaseURL() throws {
        let database = try TestDatabase(migrated: false)
        let environment = ProcessInfo.processInfo.environment
        let url = "host=\(environment["PGHOST"] ?? "") user=\(environment["PGUSER"] ?? "") dbname=\(database.name)"
        let server = try RunningServer(["DATABASE_URL": url])
        #expect(try HTTP.post(#"{"email":"own@x.org"}"#, port: server.port).status == 200)
        #expect(try database.run("SELECT count(*) FROM contact").integer(0, 0) == 1)
        #expect(!FileManager.default.fileExists(atPath: server.stateDirectory + "/data"))

        let fresh = try Script("server", ["--fresh"], environment: ["DATABASE_URL": url])
        fresh.waitForExit()
        #expect(fresh.status == 1)
        #expect(fresh.waits(for: "--fresh"))
    }
}
