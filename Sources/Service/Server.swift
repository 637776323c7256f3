internal import FastCGI
internal import Glibc
internal import Logging
internal import PostgreSQL
internal import Synchronization

/// An instance: a pool of workers on one listening socket, from start to SIGTERM.
public struct Server {
    private let settings: Settings
    private let log: LogWriter
    private let logger: Logger
    private let access: AccessControl
    private let blocked: BlockedIdentifiers
    private let metrics: Metrics
    private let socket: ListeningSocket

    /// - Parameter address: Where to listen: a path, HOST:PORT, or `nil` for the socket on descriptor 0.
    /// - Throws: `SocketError`, `SettingError`.
    public init(settings: Settings, listeningOn address: String?) throws {
        try OpenFiles.ensure(for: settings)
        self.settings = settings
        let log = try LogWriter(STDERR_FILENO)
        self.log = log
        logger = Logger(label: "identityd") { _ in JSONLogHandler(level: settings.logLevel, writer: log) }
        access = try AccessControl(settings)
        blocked = try BlockedIdentifiers(settings)
        metrics = try Metrics(settings, log)
        guard let address else {
            socket = try .inherited()
            return
        }
        guard let parsed = SocketAddress(address) else {
            throw SettingError(variable: "--socket", problem: "must be a path with a slash in it, or HOST:PORT")
        }
        socket = try .bound(to: parsed)
    }

    /// Serves until SIGTERM or SIGINT, or until its socket's path leads elsewhere; then answers what was taken.
    /// - Returns: Whether it was told to stop, and all workers came to an end before the deadline.
    /// - Throws: `SettingError`, where an instance on the same socket has other access; `SchemaError`, where the database is
    ///   there and of another version. One that is not there is no reason to give up: workers keep trying.
    public func run() throws -> Bool {
        let signals = blockSignals()
        try log.start()
        var deadline = Deadline.after(.zero)
        defer { log.finish(before: deadline) }
        initializeFastCGI()
        try access.join(socket)
        try checkDatabase()
        if let path = socket.path, !socket.isAtPath {
            logger.warning(
                "can't see whether requests reach this instance", metadata: ["error": "nothing is at \(path)"])
        }

        let workers = try (0..<settings.workers).map { _ in
            try Worker(settings: settings, access: access, blocked: blocked, metrics: metrics, logger: logger)
        }
        let unfinished = Countdown(workers.count)
        for worker in workers {
            Task(executorPreference: worker.loop) { [log, logger, socket] in
                do {
                    try await worker.run(on: socket)
                    unfinished.countDown()
                } catch {
                    logger.critical("a worker can't start", metadata: ["error": "\(error)"])
                    log.finish(before: .after(.zero))
                    exit(EXIT_FAILURE)
                }
            }
        }
        logger.notice("serving", metadata: ["workers": .stringConvertible(workers.count)])
        ServiceManager.notifyReady()

        let isToldToStop = waitForStop(signals)
        for worker in workers { Task(executorPreference: worker.loop) { await worker.stop() } }
        deadline = .after(settings.shutdownDeadline)
        while unfinished.count > 0 && !deadline.hasPassed { usleep(1_000) }
        metrics.withdraw()
        logger.notice("stopped", metadata: ["unfinished": .stringConvertible(unfinished.count)])
        return isToldToStop && unfinished.count == 0
    }

    /// In this thread and all that it starts. libfcgi installs handlers for some of them, which then
    /// never run; a peer that went away shows as an error of write, not as SIGPIPE.
    /// - Returns: Those that mean something to the instance.
    private func blockSignals() -> sigset_t {
        var awaited = sigset_t()
        for signal in [SIGTERM, SIGINT, SIGHUP] { sigaddset(&awaited, signal) }
        var blocked = awaited
        for signal in [SIGPIPE, SIGUSR1] { sigaddset(&blocked, signal) }
        pthread_sigmask(SIG_BLOCK, &blocked, nil)
        return awaited
    }

    /// Until SIGTERM or SIGINT; SIGHUP has the files of keys and of blocked identifiers read again.
    /// Publishes the metrics meanwhile, and looks after the socket's path.
    /// - Returns: `false` where that leads elsewhere.
    private func waitForStop(_ signals: sigset_t) -> Bool {
        var signals = signals
        var period = timespec(tv_sec: 1, tv_nsec: 0)
        do {
            while true {
                metrics.publish()
                try socket.checkPath()
                let signal = sigtimedwait(&signals, nil, &period)
                if signal < 0 { continue }
                guard signal == SIGHUP else {
                    logger.notice("stopping", metadata: ["signal": .stringConvertible(signal)])
                    return true
                }
                reload("keys", access.reload)
                reload("blocked identifiers", blocked.reload)
            }
        } catch {
            logger.critical(
                "stopping: new requests no longer reach this instance",
                metadata: ["error": "\(error)", "mend": "unless systemd does: systemctl restart identityd.socket"])
            return false
        }
    }

    private func reload(_ subject: String, _ reload: () throws(SettingError) -> Void) {
        do {
            try reload()
            logger.notice("\(subject) were read again")
        } catch {
            logger.error("\(subject) stay as they were", metadata: ["error": "\(error)"])
        }
    }

    private func checkDatabase() throws {
        let deadline = Deadline.after(settings.requestDeadline)
        do {
            let configuration = ConnectionConfiguration(database: settings.databaseURL, applicationName: "identityd")
            let connection = try Connection.open(configuration, before: deadline)
            try PoolerCheck(configuration).run(on: connection, before: deadline)
            let schema = try Schema.check(connection, phoneKeyRule: settings.phoneKeyRule, before: deadline)
            if schema.version < Migration.newest {
                logger.warning(
                    "the database is one schema behind: what needs the new one is answered with 503; run: identityd migrate",
                    metadata: [
                        "database": .stringConvertible(schema.version),
                        "program": .stringConvertible(Migration.newest),
                    ])
            }
            for setting in try ServerSettings.tooLow(connection, before: deadline) {
                logger.warning("PostgreSQL setting below 1024: expect retries", metadata: ["setting": "\(setting)"])
            }
        } catch let error as DatabaseError {
            logger.warning("the database can't be used yet", metadata: ["error": "\(error.message)"])
        }
    }
}

/// Something that several threads finish, and one waits for.
private final class Countdown: Sendable {
    private let left: Atomic<Int>

    var count: Int { left.load(ordering: .acquiring) }

    init(_ count: Int) {
        left = Atomic(count)
    }

    func countDown() {
        left.subtract(1, ordering: .releasing)
    }
}
