internal import API
internal import ContactStore
internal import Glibc
internal import Identity
internal import Logging

/// Makes each log event one JSON object on one line (RFC 8259; NDJSON), and hands it to a `LogWriter`.
struct JSONLogHandler: LogHandler {
    var logLevel: Logger.Level
    var metadata: Logger.Metadata = [:]
    private let writer: LogWriter

    init(level: Logger.Level, writer: LogWriter) {
        logLevel = level
        self.writer = writer
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let own = event.metadata ?? [:]
        let all = metadata.isEmpty ? own : metadata.merging(own) { _, new in new }
        writer.append(JSONLogHandler.line(event.level, "\(event.message)", all))
    }

    static func line(_ level: Logger.Level, _ message: String, _ metadata: Logger.Metadata) -> [UInt8] {
        var line = JSONWriter.object { json in
            json.member("time", JSONLogHandler.now())
            json.member("level", level.rawValue)
            json.member("message", message)
            for (key, value) in metadata.sorted(by: { $0.key < $1.key }) {
                if let number = JSONLogHandler.number(value) {
                    json.member(key, number: number)
                } else {
                    json.member(key, "\(value)")
                }
            }
        }
        line.append(UInt8(ascii: "\n"))
        return line
    }

    /// As JSON writes it, which has no infinity.
    private static func number(_ value: Logger.Metadata.Value) -> String? {
        guard case .stringConvertible(let number) = value else { return nil }
        switch number {
        case let number as Int: return number.description
        case let number as Double where number.isFinite: return number.description
        default: return nil
        }
    }

    /// RFC 3339, UTC, milliseconds.
    private static func now() -> String {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        var parts = tm()
        gmtime_r(&time.tv_sec, &parts)
        let seconds = withUnsafeTemporaryAllocation(of: CChar.self, capacity: 32) { buffer in
            strftime(buffer.baseAddress!, buffer.count, "%Y-%m-%dT%H:%M:%S", &parts)
            return String(cString: buffer.baseAddress!)
        }
        let milliseconds = String(1000 + time.tv_nsec / 1_000_000).dropFirst()
        return "\(seconds).\(milliseconds)Z"
    }
}

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
        if let correction { metadata["correction"] = "\(correction.rawValue)" }
        if !primaries.isEmpty { metadata["primaries"] = "\(primaries.map(String.init).joined(separator: ", "))" }
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
