internal import API
internal import ContactStore
internal import EventLoop
internal import FastCGI
internal import Glibc
internal import Identity
internal import Logging
public import Settings

/// An instance: a pool of workers on one listening socket, from start to SIGTERM.
public struct Server {
    private let settings: Settings
    private let log: LogWriter
    private let logger: Logger
    private let rule: DatabaseRule
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
        rule = DatabaseRule(settings.identifierRule)
        access = try AccessControl(settings)
        blocked = try BlockedIdentifiers(settings, rule: rule)
        metrics = try Metrics(settings, log)
        let peers = try Server.peers(settings)
        guard let address else {
            socket = try .inherited(peers: peers)
            return
        }
        guard let parsed = SocketAddress(address) else {
            throw SettingError(variable: "--socket", problem: "must be a path with a slash in it, or HOST:PORT")
        }
        socket = try .bound(to: parsed, peers: peers)
    }

    private static func peers(_ settings: Settings) throws(SettingError) -> PeerList? {
        if settings.webServers.isEmpty { return nil }
        guard let peers = PeerList(settings.webServers) else {
            throw SettingError(
                variable: "FCGI_WEB_SERVER_ADDRS",
                problem: "must be IPv4 addresses with commas between and no spaces, such as 10.0.0.1,10.0.0.2")
        }
        return peers
    }

    /// Serves until SIGTERM or SIGINT, or until its socket's path leads elsewhere; then answers what was taken.
    /// - Returns: Whether it was told to stop, and all workers came to an end before the deadline.
    /// - Throws: `SettingError`, where an instance on the same socket has other access; `SchemaError`, where the database is
    ///   there and of another version. One that is not there is no reason to give up: workers keep trying.
    public func run() throws -> Bool {
        let signals = blockSignals()
        try log.start()
        var deadline = Moment.now
        defer { log.finish(before: deadline) }
        initializeFastCGI()
        try joinOthers()
        try checkDatabase()
        if let path = socket.path, !socket.isAtPath {
            logger.warning(
                "can't see whether requests reach this instance", metadata: ["error": "nothing is at \(path)"])
        }

        let report = SharedReport(database: settings.databaseURL, standby: settings.standby)
        let workers = try WorkerPool(
            (0..<settings.workers).map { _ in
                try Worker(
                    settings: settings, rule: rule, access: access, blocked: blocked, report: report,
                    metrics: metrics, log: RequestLog(level: settings.logLevel, writer: log))
            })
        workers.start(on: socket) { [log, logger] error in
            logger.critical("a worker can't start", metadata: ["error": "\(error)"])
            log.finish(before: .now)
            exit(EXIT_FAILURE)
        }
        let ignored = try IgnoredWriter(database: settings.databaseURL, logger: logger) { [metrics] in metrics.ignored }
        logger.notice("serving", metadata: ["workers": .stringConvertible(settings.workers)])
        ServiceManager.notifyReady()

        let isToldToStop = waitForStop(signals)
        deadline = .now + settings.shutdownDeadline
        let isFinished = workers.stop(before: deadline)
        ignored.finish(before: deadline)
        metrics.withdraw()
        logger.notice("stopped", metadata: ["finished": "\(isFinished)"])
        return isToldToStop && isFinished
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
    /// Publishes the metrics meanwhile, looks after the socket's path, and tells the rule of identifiers once it is known.
    /// - Returns: `false` where that leads elsewhere.
    private func waitForStop(_ signals: sigset_t) -> Bool {
        var signals = signals
        var period = timespec(tv_sec: 1, tv_nsec: 0)
        var isRuleTold = false
        do {
            while true {
                if !isRuleTold, let record = rule.record {
                    tell(record)
                    isRuleTold = true
                }
                metrics.publish()
                try socket.checkPath()
                let signal = sigtimedwait(&signals, nil, &period)
                if signal < 0 { continue }
                guard signal == SIGHUP else {
                    logger.notice("stopping", metadata: ["signal": .stringConvertible(Int(signal))])
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

    private func tell(_ record: DatabaseRule.Record) {
        logger.notice("identifiers are read by the database's rule", metadata: ["rule": "\(record.rule)"])
        guard let recorded = record.libraries, recorded != settings.identifierRule.libraries else { return }
        logger.warning(
            """
            other libraries than at the database's first use may read an identifier as another; the command \
            identityd verify --read-again names the contacts
            """,
            metadata: ["recorded": "\(recorded)", "loaded": "\(settings.identifierRule.libraries)"])
    }

    private func reload(_ subject: String, _ reload: () throws(SettingError) -> Void) {
        do {
            try reload()
            logger.notice("\(subject) were read again")
        } catch {
            logger.error("\(subject) stay as they were", metadata: ["error": "\(error)"])
        }
    }

    /// A caller gets an answer from one instance or another: all of them ask for keys, or none does.
    /// - Throws: `SettingError`, where one that shares the socket does otherwise; `SocketError`.
    private func joinOthers() throws {
        if try socket.agrees(onAnswering: access.isKeyed) { return }
        let stop = "stop all instances first, then start them with the same setting"
        throw SettingError(
            variable: "API_KEYS_FILE",
            problem: access.isKeyed
                ? "is set, and another instance on this socket serves without keys; \(stop)"
                : "is not set, and another instance on this socket asks for keys; \(stop)")
    }

    private func checkDatabase() throws {
        for finding in try StartCheck.run(
            database: settings.databaseURL, rule: rule, within: settings.requestDeadline)
        {
            switch finding {
            case .unusable(let reason):
                logger.warning("the database can't be used yet", metadata: ["error": "\(reason)"])
            case .schemaBehind(let database, let program):
                logger.warning(
                    "the database is one schema behind: what needs the new one is answered with 503; run: identityd migrate",
                    metadata: ["database": .stringConvertible(database), "program": .stringConvertible(program)])
            case .lowSetting(let setting):
                logger.warning("PostgreSQL setting below 1024: expect retries", metadata: ["setting": "\(setting)"])
            }
        }
    }
}
