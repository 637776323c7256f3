internal import FastCGI
internal import Logging

/// One thread of the pool: takes a request, answers it, takes the next. Its connection is its own.
struct Worker {
    let receiver: Receiver
    let store: ContactStore
    let router: Router
    let metrics: WorkerMetrics
    let logger: Logger

    init(
        socket: ListeningSocket, stopSignal: StopSignal, settings: Settings, access: AccessControl,
        blocked: BlockedIdentifiers, metrics: Metrics, logger: Logger
    ) throws(SocketError) {
        receiver = try Receiver(socket, stopSignal: stopSignal)
        store = ContactStore(
            database: settings.databaseURL, phoneKeyRule: settings.phoneKeyRule,
            requestDeadline: settings.requestDeadline, maximumClusterSize: settings.maximumClusterSize)
        router = Router(store: store, settings: settings, access: access, blocked: blocked, metrics: metrics)
        self.metrics = metrics.worker()
        self.logger = logger
    }

    /// Until the stop signal.
    func run() {
        store.reconnect()
        while true {
            metrics.note(isConnected: store.isConnected)
            switch receiver.next(timeout: .seconds(1)) {
            case .request(let exchange): answer(exchange)
            case .idle: store.reconnect()
            case .stop: return
            }
        }
    }

    private func answer(_ exchange: consuming Exchange) {
        var visit = Visit(exchange)
        var response = router.respond(to: exchange, &visit)
        response.headers.append(("X-Request-Id", visit.requestID.text))
        exchange.respond(response)
        visit.log(status: response.status, to: logger)
        metrics.count(visit, status: response.status)
    }
}
