import Foundation
import Synchronization
import TestSupport
import Testing

/// The whole service as a user starts it: script/server, with the release binary, nginx and a PostgreSQL
/// cluster of its own. Stopped in the end.
final class RunningServer: Sendable {
    static let repository = URL(filePath: #filePath).appending(path: "../../..").standardized
    static let binary = repository.appending(path: ".build/release/identityd").path

    let stateDirectory: String
    private let script: Mutex<Script>
    private let taken: Port

    var port: Int { taken.number }

    var socketPath: String { stateDirectory + "/run/identityd.sock" }
    var databaseURL: String { "host=\(stateDirectory)/run port=5432 user=postgres dbname=postgres" }

    /// Returns when the server is ready.
    init(_ environment: [String: String] = [:], stateDirectory: String? = nil, options: [String] = []) throws {
        taken = try Port()
        let scratch = ProcessInfo.processInfo.environment["SCRATCH"] ?? "/tmp"
        self.stateDirectory = stateDirectory ?? "\(scratch)/ids.\(taken.number)"
        let variables = ["PORT": "\(taken.number)", "STATE_DIR": self.stateDirectory, "BINARY": RunningServer.binary]
        let script = try Script("server", options, environment: variables.merging(environment) { $1 })
        guard script.waits(for: "identityd ready on http://127.0.0.1:\(taken.number)\n") else {
            script.stop()
            throw DidNotStart(output: script.output)
        }
        self.script = Mutex(script)
    }

    struct DidNotStart: Error {
        let output: String
    }

    deinit {
        stop()
        try? FileManager.default.removeItem(atPath: stateDirectory)
    }

    /// With SIGTERM, and waits.
    /// - Returns: The exit status.
    @discardableResult
    func stop(_ signal: Int32 = SIGTERM) -> Int32 {
        script.withLock { $0.stop(signal) }
    }

    /// The pids of the instances that run, the oldest first.
    func instances() throws -> [pid_t] {
        try String(contentsOfFile: stateDirectory + "/run/instances", encoding: .utf8).split(separator: "\n")
            .compactMap { pid_t($0) }
    }

    func log(_ name: String) throws -> String {
        try String(contentsOfFile: "\(stateDirectory)/log/\(name)", encoding: .utf8)
    }

    /// Whether an instance logs `text`. Lines are written after the answer.
    func logs(_ text: String) throws -> Bool {
        try eventually { try log("identityd.log").contains(text) }
    }

    /// Runs a script of the repository to its end.
    @discardableResult
    func runScript(_ name: String, _ arguments: String...) throws -> Script {
        let script = try Script(name, arguments, environment: ["STATE_DIR": stateDirectory, "PORT": "\(port)"])
        script.waitForExit()
        return script
    }

    /// `identityd COMMAND …` on this server's database.
    func identityd(_ arguments: String...) throws -> (status: Int32, output: String) {
        try command(RunningServer.binary, arguments, environment: ["DATABASE_URL": databaseURL])
    }
}
