internal import API
internal import Glibc
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
        var clock = LogClock()
        return line(level, message, at: clock.now()) { json in
            for (key, value) in metadata.sorted(by: { $0.key < $1.key }) {
                if let number = JSONLogHandler.number(value) {
                    json.member(named: key, number: number)
                } else {
                    json.member(named: key, "\(value)")
                }
            }
        }
    }

    /// What every line begins with, and what `metadata` adds.
    static func line(
        _ level: Logger.Level, _ message: String, at time: [UInt8], _ metadata: (inout JSONWriter) -> Void
    ) -> [UInt8] {
        var line = JSONWriter.object { json in
            json.member("time", ascii: time)
            json.member("level", level.rawValue)
            json.member("message", message)
            metadata(&json)
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
}

/// The time as log lines have it: RFC 3339, UTC, milliseconds. The calendar is asked once a second.
struct LogClock {
    private var second: time_t?
    private var text: [UInt8] = []

    mutating func now() -> [UInt8] {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        if time.tv_sec != second {
            second = time.tv_sec
            text = LogClock.text(of: time.tv_sec)
        }
        let milliseconds = time.tv_nsec / 1_000_000
        for (index, unit) in [100, 10, 1].enumerated() {
            text[text.count - 4 + index] = UInt8(ascii: "0") + UInt8(milliseconds / unit % 10)
        }
        return text
    }

    private static func text(of second: time_t) -> [UInt8] {
        var second = second
        var parts = tm()
        gmtime_r(&second, &parts)
        return withUnsafeTemporaryAllocation(byteCount: 32, alignment: 1) { buffer in
            let count = strftime(buffer.baseAddress!.assumingMemoryBound(to: CChar.self), 32, "%FT%T.000Z", &parts)
            return Array(buffer[..<count])
        }
    }
}
