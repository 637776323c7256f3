/// How far an import or an erasure got.
public struct BulkProgress: Sendable {
    /// What is counted, such as "rows".
    public let unit: String
    public let count: Int
    /// What the share is reckoned by, such as the bytes of a file that were read.
    public let done: Int
    /// `nil` where it is not known, as of a pipe.
    public let total: Int?

    public init(_ count: Int, _ unit: String, done: Int, of total: Int?) {
        self.unit = unit
        self.count = count
        self.done = done
        self.total = total
    }
}

/// How fast it goes, and how long it still takes.
public struct BulkPace: Sendable {
    private let start: BulkProgress
    private let startedAt: ContinuousClock.Instant

    /// - Parameter start: The first that was sent. (Rows before it, done by an earlier import, go by faster.)
    public init(from start: BulkProgress, at instant: ContinuousClock.Instant) {
        self.start = start
        startedAt = instant
    }

    /// Such as "450000 rows, 45 %, 38000 rows/s, 14 s left".
    public func line(_ progress: BulkProgress, at instant: ContinuousClock.Instant) -> String {
        let seconds = (instant - startedAt) / .seconds(1)
        var parts = ["\(progress.count) \(progress.unit)"]
        if let share = progress.share { parts.append("\(Int(share * 100)) %") }
        guard seconds > 0, progress.count > start.count else { return parts.joined(separator: ", ") }
        parts.append("\(Int(Double(progress.count - start.count) / seconds)) \(progress.unit)/s")
        let pace = Double(progress.done - start.done) / seconds
        if let total = progress.total, pace > 0 {
            parts.append(BulkPace.time(Double(total - progress.done) / pace) + " left")
        }
        return parts.joined(separator: ", ")
    }

    /// Such as "[#########-----------] " in front of the line.
    public static func bar(_ progress: BulkProgress) -> String {
        guard let share = progress.share else { return "" }
        let width = 20
        let done = Int(share * Double(width))
        return "[" + String(repeating: "#", count: done) + String(repeating: "-", count: width - done) + "] "
    }

    private static func time(_ seconds: Double) -> String {
        let seconds = Int(max(0, seconds).rounded(.up))
        return seconds < 120 ? "\(seconds) s" : "\(seconds / 60) min"
    }
}

extension BulkProgress {
    /// 0 to 1. (A file may grow while it is read.)
    fileprivate var share: Double? {
        total.map { min(1, Double(done) / Double(max($0, 1))) }
    }
}
