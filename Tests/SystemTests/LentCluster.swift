import Foundation
import Testing

/// A PostgreSQL cluster from script/with-postgres that a test may stop and start. Removed in the end.
final class LentCluster: Sendable {
    /// Holds PostgreSQL's data, log and socket.
    let directory: String
    private let lender: Script

    var url: String { "host=\(directory)/run port=5432 user=postgres dbname=postgres" }

    /// - Parameter seconds: Then it is removed, whatever became of the test.
    init(seconds: Int = 600) throws {
        lender = try Script(
            "with-postgres", ["bash", "-c", "echo \"lent $POSTGRES_DATA_DIRECTORY.\"; exec sleep \(seconds)"],
            environment: [:])
        try #require(lender.waits(for: ".\n"), "\(lender.output)")
        let line = try #require(lender.output.split(separator: "\n").first { $0.hasPrefix("lent ") })
        directory = String(line.dropFirst("lent ".count).dropLast("/data.".count))
    }

    /// `pg_ctl ACTION`.
    /// - Parameters:
    ///   - mode: fast or immediate, for a stop.
    ///   - prefix: A command to run it under.
    ///   - data: Another data directory beside its own.
    func control(_ action: String, mode: String = "fast", under prefix: String = "", data: String = "data") throws {
        try run(
            #"\#(prefix) "${as_owner[@]}" "$(postgres_bin)/pg_ctl" -D \#(data) -s -w -m \#(mode)"#
                + " -l \(data)/restarted.log \(action)")
    }

    /// Settings of PostgreSQL, as `name = 'value'`, in force after a restart.
    func configure(_ settings: String...) throws {
        for setting in settings { try psql("ALTER SYSTEM SET \(setting)") }
        try control("restart")
    }

    /// - Parameter database: Instead of its own, such as its standby.
    /// - Returns: What psql prints, unaligned.
    @discardableResult
    func psql(_ sql: String, on database: String? = nil) throws -> String {
        let result = try command("/usr/bin/psql", [database ?? url, "-XAtqc", sql])
        try #require(result.status == 0, "\(result.output)")
        return result.output
    }

    /// Runs shell commands in its directory, as the user who started the tests.
    @discardableResult
    func run(_ commands: String) throws -> String {
        let script = """
            source \(RunningServer.repository.path)/script/lib/postgres.sh
            cd \(directory)
            # What PostgreSQL would inherit: Foundation takes a process for running while its socket is open.
            for descriptor in /proc/$$/fd/*; do
                (( ${descriptor##*/} <= 2 )) || eval "exec ${descriptor##*/}>&-"
            done
            set -e
            \(commands)
            """
        let result = try command("/bin/bash", ["-c", script])
        try #require(result.status == 0, "\(result.output)")
        return result.output
    }
}
