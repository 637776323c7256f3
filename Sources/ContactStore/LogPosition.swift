internal import Glibc
internal import PostgreSQL

/// How far a primary has written its write-ahead log, or a standby has replayed it.
///
/// What a primary answers is in the log before it is answered. So a standby that has replayed to where the primary was at a
/// moment shows all that was answered before that moment. (When it replayed last says nothing: cut off, it has replayed all that it
/// knows of.)
struct LogPosition: Sendable {
    /// The cluster, and its timeline: behind a failover, the same offsets are of other changes.
    private let log: String
    private let offset: Int64

    func includes(_ other: LogPosition) -> Bool { log == other.log && offset >= other.offset }

    /// → how far the log is on disk, of a primary.
    static let written = Query(
        "log_written",
        """
        SELECT system_identifier || '.' || ('x' || left(pg_walfile_name(flushed), 8))::bit(32)::integer,
               (flushed - '0/0')::bigint
          FROM pg_control_system(), pg_current_wal_flush_lsn() AS flushed
        """
    ) { try LogPosition(&$0) }

    /// SQL for a session that runs `replayed`: of what cluster it is. Each look into the control file costs 14 µs.
    static let sessionDefaults = """
        SELECT set_config('identityd.cluster', system_identifier::text, false) FROM pg_control_system();
        """

    /// → how far the log is replayed, of a standby. It learns of a new timeline by its next restart point.
    static let replayed = Query(
        "log_replayed",
        """
        SELECT current_setting('identityd.cluster') || '.' || timeline_id, (pg_last_wal_replay_lsn() - '0/0')::bigint
          FROM pg_control_checkpoint()
         WHERE pg_is_in_recovery()
        """
    ) { try LogPosition(&$0) }

    private init(_ columns: inout Columns) throws {
        log = try columns.text()
        offset = try columns.integer()
    }
}

extension StandbyConfiguration {
    private static let pause = Duration.milliseconds(10)

    /// A connection to the standby, once that has all that the primary has now.
    /// - Returns: `nil` where it has not within the lag that it may have, or is not to be had.
    func connection(beside primary: Connection, for command: String) -> Connection? {
        let deadline = Deadline.after(maximumLag)
        do {
            let written = try primary.run(script: LogPosition.written, before: deadline)[0]
            let standby = try Connection(
                ConnectionConfiguration(database: database, applicationName: command), before: deadline)
            try standby.run(script: LogPosition.sessionDefaults, before: deadline)
            while true {
                let replayed = try standby.run(script: LogPosition.replayed, before: deadline).first
                if replayed?.includes(written) == true { return standby }
                usleep(UInt32(StandbyConfiguration.pause / .microseconds(1)))
            }
        } catch {
            return nil
        }
    }
}
