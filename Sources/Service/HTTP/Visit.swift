import FastCGI
internal import Identity
internal import Logging
internal import PostgreSQL

/// What the log and the metrics say of one request. Never an identifier, nor an unknown path: it may hold one.
struct Visit {
    let requestID: RequestID
    let method: String
    var route: String?
    /// The name of the caller's key.
    var client: String?
    var outcome: Outcome?
    /// Identifiers that are blocked, and so count as absent.
    var ignored: [IdentifierField] = []
    var retries: [RetryBudget.Cause: Int] = [:]
    /// In contacts, of the cluster that was answered.
    var clusterSize: Int?
    var failure: (any Error)?

    private let begin = ContinuousClock.now

    init(_ exchange: borrowing Exchange) {
        requestID = RequestID(exchange.parameter("HTTP_X_REQUEST_ID"))
        method = exchange.parameter("REQUEST_METHOD") ?? ""
    }

    /// Until the answer was there: how fast its reader is says nothing of the service.
    private(set) var elapsed = Duration.zero

    mutating func end() {
        elapsed = .now - begin
    }

    var refusedBy: Guard? {
        switch failure {
        case is ClusterTooLarge: .clusterSize
        case is NoUsableIdentifier: .blockList
        default: nil
        }
    }

    func log(status: Int, to logger: Logger) {
        // Monitoring asks for these every few seconds.
        let isRoutine = status < 400 && (route?.hasPrefix("/health") == true || route == "/metrics")
        let level: Logger.Level = status >= 500 ? .error : isRoutine ? .debug : .info
        logger.log(level: level, "request", metadata: metadata(status: status))
        if retries[.predicateLocks] != nil {
            logger.warning(
                "PostgreSQL ran out of predicate locks: raise max_pred_locks_per_transaction, or end long transactions",
                metadata: ["request_id": "\(requestID.text)"])
        }
    }

    private func metadata(status: Int) -> Logger.Metadata {
        let microseconds = Int(elapsed / .microseconds(1))
        var metadata: Logger.Metadata = [
            "request_id": "\(requestID.text)",
            "method": "\(Visit.methods.contains(method) ? method : "other")",
            "route": "\(route ?? "other")",
            "status": .stringConvertible(status),
            "milliseconds": .stringConvertible(Double(microseconds) / 1000),
            "retries": .stringConvertible(retries.values.reduce(0, +)),
        ]
        if let client { metadata["client"] = "\(client)" }
        if let outcome { metadata["outcome"] = "\(outcome.rawValue)" }
        if !ignored.isEmpty { metadata["ignored"] = "\(ignored.map(\.rawValue).joined(separator: ","))" }
        for (cause, count) in retries { metadata["retries_\(cause.rawValue)"] = .stringConvertible(count) }
        if let error = failure as? DatabaseError {
            metadata["sqlstate"] = error.sqlState.map { "\($0)" }
            metadata["error"] = "\(error.message)"
        } else if let error = failure as? SchemaError {
            metadata["error"] = "\(error)"
        } else if let error = failure as? ClusterTooLarge {
            metadata["error"] =
                "cluster too large: primaries \(error.primaryIDs.map(String.init).joined(separator: ", "))"
        }
        return metadata
    }

    /// Methods of RFC 9110 and RFC 5789: a name that a caller made up does not go into the log.
    private static let methods: Set = [
        "GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH",
    ]
}
