internal import Glibc
public import Logging

/// Writes each log event as one JSON object on one line of standard error (RFC 8259; NDJSON).
public struct JSONLogHandler: LogHandler {
    public var logLevel: Logger.Level
    public var metadata: Logger.Metadata = [:]

    public init(level: Logger.Level) {
        logLevel = level
    }

    public subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    public func log(event: LogEvent) {
        var line = JSONWriter.object { json in
            json.member("time", JSONLogHandler.now())
            json.member("level", event.level.rawValue)
            json.member("message", "\(event.message)")
            let own = event.metadata ?? [:]
            let all = metadata.isEmpty ? own : metadata.merging(own) { _, new in new }
            for (key, value) in all.sorted(by: { $0.key < $1.key }) {
                if let number = JSONLogHandler.number(value) {
                    json.member(key, number: number)
                } else {
                    json.member(key, "\(value)")
                }
            }
        }
        line.append(UInt8(ascii: "\n"))
        // One write: the lines of several threads don't mix (pipe(7): atomic up to 4096 bytes).
        _ = line.withUnsafeBytes { write(STDERR_FILENO, $0.baseAddress, $0.count) }
    }

    /// As JSON writes it, which has no infinity.
    private static func number(_ value: Logger.Metadata.Value) -> String? {
        guard case .stringConvertible(let number) = value else { return nil }
        switch number {
        case let number as any BinaryInteger: return number.description
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
