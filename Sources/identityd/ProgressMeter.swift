import Bulk
import Glibc

/// Shows on standard error how far an import or an erasure got: a bar on a terminal, else a line every few seconds.
struct ProgressMeter {
    private let isTerminal = isatty(STDERR_FILENO) == 1
    private var pace: BulkPace?
    private var nextAt = ContinuousClock.now

    private var pause: Duration { isTerminal ? .milliseconds(200) : .seconds(5) }

    mutating func show(_ progress: BulkProgress) {
        let now = ContinuousClock.now
        guard let pace else {
            pace = BulkPace(from: progress, at: now)
            nextAt = now + pause
            return
        }
        if now < nextAt { return }
        nextAt = now + pause
        let line = pace.line(progress, at: now)
        // To the line's beginning, and clear it (ECMA-48, EL).
        write(isTerminal ? "\r\u{1B}[K\(BulkPace.bar(progress))\(line)" : "identityd: \(line)\n")
    }

    /// A line that stays.
    func say(_ line: String) {
        end()
        write("identityd: \(line)\n")
    }

    /// Leaves the terminal with a clear line.
    func end() {
        if isTerminal { write("\r\u{1B}[K") }
    }

    private func write(_ text: String) {
        let bytes = Array(text.utf8)
        _ = Glibc.write(STDERR_FILENO, bytes, bytes.count)
    }
}
