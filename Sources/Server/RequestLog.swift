internal import API
internal import ContactStore
internal import Identity
internal import Logging

extension Logger {
    /// A line about a request that was answered.
    func log(_ context: RequestContext, status: Int) {
        // Monitoring asks for these every few seconds.
        let isRoutine = status < 400 && (context.route?.hasPrefix("/health") == true || context.route == "/metrics")
        let level: Logger.Level = status >= 500 ? .error : isRoutine ? .debug : .info
        log(level: level, "request", metadata: context.metadata(status: status))
        if context.retries[.predicateLocks] != nil {
            warning(
                "PostgreSQL ran out of predicate locks: raise max_pred_locks_per_transaction, or end long transactions",
                metadata: ["request_id": "\(context.id.text)"])
        }
    }
}

extension RequestContext {
    fileprivate func metadata(status: Int) -> Logger.Metadata {
        let microseconds = Int(elapsed / .microseconds(1))
        var metadata: Logger.Metadata = [
            "request_id": "\(id.text)",
            "method": "\(method)",
            "route": "\(route ?? "other")",
            "status": .stringConvertible(status),
            "milliseconds": .stringConvertible(Double(microseconds) / 1000),
            "retries": .stringConvertible(retries.values.reduce(0, +)),
        ]
        if let client { metadata["client"] = "\(client)" }
        if let outcome { metadata["outcome"] = "\(outcome.rawValue)" }
        if !ignored.isEmpty {
            metadata["ignored"] =
                "\(ignored.map { "\($0.field.rawValue) \($0.reason.rawValue)" }.joined(separator: ", "))"
        }
        for (cause, count) in retries { metadata["retries_\(cause.rawValue)"] = .stringConvertible(count) }
        metadata["sqlstate"] = failure?.sqlState.map { "\($0)" }
        metadata["error"] = failure?.message.map { "\($0)" } ?? settingError.map { "\($0)" }
        return metadata
    }
}
