import Foundation
import Testing

/// A PostgreSQL cluster from script/with-postgres that a test may stop and start. Removed in the end.
final class LentCluster: Sendable {
    /// Holds PostgreSQL's data, log and socket.
    private let directory: String
    private let lender: Script

    var url: String { "host=\(directory)/run port=5432 user=postgres dbname=postgres" }

    init() throws {
        lender = try Script(
            "with-postgres", ["bash", "-c", "echo \"lent $POSTGRES_DATA_DIRECTORY.\"; exec sleep 600"], environment: [:]
        )
        try #require(lender.waits(for: ".\n"), "\(lender.output)")
        let line = try #require(lender.output.split(separator: "\n").first { $0.hasPrefix("lent ") })
        directory = String(line.dropFirst("lent ".count).dropLast("/data.".count))
    }

    /// `pg_ctl ACTION`, with fast shutdown.
    func control(_ action: String) throws {
        let script = """
            source \(RunningServer.repository.path)/script/lib/postgres.sh
            cd \(directory)
            # What PostgreSQL would inherit: Foundation takes a process for running while its socket is open.
            for descriptor in /proc/$$/fd/*; do
                (( ${descriptor##*/} <= 2 )) || eval "exec ${descriptor##*/}>&-"
            done
            "${as_owner[@]}" "$(postgres_bin)/pg_ctl" -D data -s -w -m fast -l data/restarted.log \(action)
            """
        let result = try command("/bin/bash", ["-c", script])
        try #require(result.status == 0, "\(result.output)")
    }
}
