internal import API
internal import ContactStore
internal import Identity
internal import Logging

/// The log line about each request that was answered. It is written straight into bytes: as metadata of swift-log, it costs a
/// known request a third of its CPU time (docs/performance.md).
struct RequestLog {
    private let level: Logger.Level
    private let writer: LogWriter
    private var clock = LogClock()

    /// - Parameter level: Lines below it are not written.
    init(level: Logger.Level, writer: LogWriter) {
        self.level = level
        self.writer = writer
    }

    mutating func add(_ context: RequestContext, status: Int) {
        let level = context.level(status: status)
        if level >= self.level {
            writer.append(
                JSONLogHandler.line(level, "request", at: clock.now()) { context.write(into: &$0, status: status) })
        }
        if context.retries[.predicateLocks] != nil && Logger.Level.warning >= self.level {
            writer.append(
                JSONLogHandler.line(
                    .warning,
                    """
                    PostgreSQL ran out of predicate locks: raise max_pred_locks_per_transaction, or end long transactions
                    """, ["request_id": "\(context.id.text)"]))
        }
    }
}

extension RequestContext {
    fileprivate func level(status: Int) -> Logger.Level {
        if status >= 500 { return .error }
        // Monitoring asks for these every few seconds.
        let isRoutine = status < 400 && (route?.hasPrefix("/health") == true || route == "/metrics")
        return isRoutine ? .debug : .info
    }

    /// In the order of the names.
    fileprivate func write(into json: inout JSONWriter, status: Int) {
        if let client { json.member("client", client) }
        if let correction { json.member("correction", correction.rawValue) }
        if let error = failure?.message ?? settingError.map({ "\($0)" }) { json.member("error", error) }
        if !ignored.isEmpty {
            json.member(
                "ignored", ignored.map { "\($0.field.rawValue) \($0.reason.rawValue)" }.joined(separator: ", "))
        }
        json.member("method", method)
        json.member("milliseconds", thousandths: Int(elapsed / .microseconds(1)))
        if let outcome { json.member("outcome", outcome.rawValue) }
        if !primaries.isEmpty { json.member("primaries", primaries.map(String.init).joined(separator: ", ")) }
        json.member("request_id", id.text)
        json.member("retries", retries.values.reduce(0, +))
        for (cause, count) in retries.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
            json.member(named: "retries_\(cause.rawValue)", number: "\(count)")
        }
        json.member("route", route ?? "other")
        if let sqlState = failure?.sqlState { json.member("sqlstate", sqlState) }
        json.member("status", status)
    }
}
