internal import EventLoop
internal import Glibc
internal import Logging
internal import Synchronization

/// Takes log lines from any thread without making it wait, and writes them on a thread of its own: a reader that is slow,
/// or stuck, costs log lines and not requests (docs/decisions/0020).
///
/// What it can't hold is dropped and counted; a line says so where the missing ones would stand. A crash loses what is
/// held, which is what the last 10 milliseconds brought, or what the reader has not taken.
final class LogWriter: Sendable {
    private struct State {
        var lines: [UInt8] = []
        /// How many were dropped since the writer last took what is there.
        var missing = 0
        var dropped = 0
        /// The writer waits for `wakeUp`.
        var isAsleep = false
        var isFinishing = false
    }

    private let descriptor: Int32
    /// In bytes, of what is held. The writer may have as much again in hand.
    private let capacity: Int
    private let state = Mutex(State())
    private let wakeUp: WakeUp
    private let end: WakeUp
    private let bytesWritten = Atomic(0)

    /// Written at once. pipe(7): up to so many bytes don't mix with those of other processes.
    private static let atomicSize = 4096
    /// Between two looks at what is there, in microseconds: to wake the writer costs more than to hand over a line.
    private static let pause: UInt32 = 10_000
    /// A reader that takes nothing for so long is stuck.
    private static let readTimeout = Duration.seconds(1)

    init(_ descriptor: Int32, capacity: Int = 1 << 20) throws(EventLoopError) {
        self.descriptor = descriptor
        self.capacity = capacity
        wakeUp = try WakeUp()
        end = try WakeUp()
    }

    /// Starts the thread, which has the caller's signal mask. Lines that came before are written now.
    func start() throws(EventLoopError) {
        try startThread { self.run() }
    }

    /// - Parameter line: With its line feed.
    func append(_ line: [UInt8]) {
        let wasAsleep = state.withLock { state in
            // After one is dropped, so are all up to the next look: a gap is one gap.
            if state.missing == 0 && state.lines.count + line.count <= capacity {
                state.lines += line
            } else {
                state.missing += 1
                state.dropped += 1
            }
            defer { state.isAsleep = false }
            return state.isAsleep
        }
        if wasAsleep { wakeUp.send() }
    }

    /// How many lines were dropped, ever.
    var dropped: Int { state.withLock { $0.dropped } }

    /// Writes what is there, and ends the thread; lines that come later are lost. Gives up at `deadline`, but not within a
    /// second, and when nothing was read for a second.
    func finish(before deadline: Moment) {
        state.withLock { $0.isFinishing = true }
        wakeUp.send()
        let deadline = max(deadline, .now + LogWriter.readTimeout)
        while .now < deadline {
            let count = bytesWritten.load(ordering: .relaxed)
            if end.wait(until: min(deadline, .now + LogWriter.readTimeout)) { return }
            if bytesWritten.load(ordering: .relaxed) == count { return }
        }
    }
}

// MARK: - On its own thread

extension LogWriter {
    private func run() {
        var lines: [UInt8] = []
        while take(&lines) {
            write(lines)
            usleep(LogWriter.pause)
        }
        end.send()
    }

    /// Waits until there are lines.
    /// - Returns: Whether there are; not at the end.
    private func take(_ lines: inout [UInt8]) -> Bool {
        while true {
            lines.removeAll(keepingCapacity: true)
            let (missing, isFinishing) = state.withLock { state in
                swap(&state.lines, &lines)
                defer { state.missing = 0 }
                state.isAsleep = lines.isEmpty && state.missing == 0
                return (state.missing, state.isFinishing)
            }
            if missing > 0 {
                lines += JSONLogHandler.line(
                    .warning, "log lines were dropped: standard error is not read fast enough",
                    ["dropped": .stringConvertible(missing)])
            }
            if !lines.isEmpty { return true }
            if isFinishing { return false }
            wakeUp.wait(until: nil)
        }
    }

    private func write(_ lines: [UInt8]) {
        lines.withUnsafeBytes { bytes in
            var rest = bytes[...]
            while !rest.isEmpty {
                let piece = LogWriter.piece(of: rest)
                writeAll(UnsafeRawBufferPointer(rebasing: piece))
                rest = rest[piece.endIndex...]
            }
        }
    }

    /// As many whole lines as can be written at once; a longer line alone.
    private static func piece(of lines: Slice<UnsafeRawBufferPointer>) -> Slice<UnsafeRawBufferPointer> {
        let lineFeed = UInt8(ascii: "\n")
        let last = lines.prefix(atomicSize).lastIndex(of: lineFeed) ?? lines.firstIndex(of: lineFeed)!
        return lines[...last]
    }

    private func writeAll(_ piece: UnsafeRawBufferPointer) {
        var rest = piece
        while !rest.isEmpty {
            let count = Glibc.write(descriptor, rest.baseAddress, rest.count)
            if count >= 0 {
                bytesWritten.add(count, ordering: .relaxed)
                rest = UnsafeRawBufferPointer(rebasing: rest[count...])
            } else if errno == EAGAIN {
                var room = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                poll(&room, 1, -1)
            } else if errno != EINTR {
                // The disk is full, or the reader has gone. It may mend, and what is held is bounded.
                usleep(LogWriter.pause)
            }
        }
    }
}
