/// How far an import got.
public struct ImportProgress: Sendable {
    public let rows: Int
    public let bytesRead: Int
    /// `nil` where it is not known, as of a pipe.
    public let fileSize: Int?

    public init(rows: Int, bytesRead: Int, fileSize: Int?) {
        self.rows = rows
        self.bytesRead = bytesRead
        self.fileSize = fileSize
    }

    /// After how many rows there is something to tell.
    static let interval = 1000
}

/// How fast an import goes, and how long it still takes.
public struct ImportPace: Sendable {
    private let start: ImportProgress
    private let startedAt: ContinuousClock.Instant

    /// - Parameter start: The first rows that were sent. (Those before, done by an earlier import, go by faster.)
    public init(from start: ImportProgress, at instant: ContinuousClock.Instant) {
        self.start = start
        startedAt = instant
    }

    /// Such as "450000 rows, 45 %, 38000 rows/s, 14 s left".
    public func line(_ progress: ImportProgress, at instant: ContinuousClock.Instant) -> String {
        let seconds = (instant - startedAt) / .seconds(1)
        var parts = ["\(progress.rows) rows"]
        if let share = progress.share { parts.append("\(Int(share * 100)) %") }
        guard seconds > 0, progress.rows > start.rows else { return parts.joined(separator: ", ") }
        parts.append("\(Int(Double(progress.rows - start.rows) / seconds)) rows/s")
        let pace = Double(progress.bytesRead - start.bytesRead) / seconds
        if let size = progress.fileSize, pace > 0 {
            parts.append(ImportPace.time(Double(size - progress.bytesRead) / pace) + " left")
        }
        return parts.joined(separator: ", ")
    }

    /// Such as "[#########-----------] " in front of the line.
    public static func bar(_ progress: ImportProgress) -> String {
        guard let share = progress.share else { return "" }
        let width = 20
        let done = Int(share * Double(width))
        return "[" + String(repeating: "#", count: done) + String(repeating: "-", count: width - done) + "] "
    }

    private static func time(_ seconds: Double) -> String {
        let seconds = Int(seconds.rounded(.up))
        return seconds < 120 ? "\(seconds) s" : "\(seconds / 60) min"
    }
}

extension ImportProgress {
    /// 0 to 1. (A file may grow while it is read.)
    fileprivate var share: Double? {
        fileSize.map { min(1, Double(bytesRead) / Double(max($0, 1))) }
    }
}
