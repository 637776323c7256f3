internal import FastCGI
internal import Glibc
internal import Settings

/// The descriptors that an instance needs, and the system's limit on them (RLIMIT_NOFILE, `ulimit -n`).
///
/// With too few it would start, and fail later where it hurts: a connection to the database can't come back, a file
/// of keys can't be read again. See docs/decisions/0017.
enum OpenFiles {
    /// Of the process: its streams, the listening socket, locks and figures of the metrics, files that are read again.
    private static let ofProcess = 64

    /// Of each worker: an epoll set, an eventfd, and what a connection opens while it is made, such as certificates.
    private static let ofWorker = 16

    static func needed(_ settings: Settings) -> Int {
        // libpq's socket, and the duplicate that the event loop watches.
        let database = 2 * settings.connections
        // One more is accepted before the oldest makes room.
        let webServer = Listener.maximumChannels + 1
        return ofProcess + settings.workers * (ofWorker + database + webServer)
    }

    /// Raises the soft limit to the hard one if `settings` need that.
    /// - Throws: `SettingError`, where the hard limit is too low.
    static func ensure(for settings: Settings) throws(SettingError) {
        let needed = needed(settings)
        let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        var limit = rlimit()
        getrlimit(resource, &limit)
        if limit.rlim_cur < needed {
            limit.rlim_cur = limit.rlim_max
            setrlimit(resource, &limit)
            // What came of it.
            getrlimit(resource, &limit)
        }
        if limit.rlim_cur >= needed { return }
        throw SettingError(
            variable: "ulimit -n",
            problem: "allows \(limit.rlim_cur) open files, and WORKERS=\(settings.workers) with "
                + "CONNECTIONS=\(settings.connections) need \(needed): set LimitNOFILE=\(needed) in the systemd unit or run "
                + "ulimit -n \(needed) as root before it starts, or lower WORKERS or CONNECTIONS")
    }
}
