import Foundation
import Synchronization
import TestSupport
import Testing

/// A script of the repository as a process. Ended with SIGTERM when let go of.
final class Script: Sendable {
    private let process: Process
    private let collected = Output()

    init(_ name: String, _ arguments: [String], environment: [String: String]) throws {
        process = Process()
        process.executableURL = RunningServer.repository.appending(path: "script/\(name)")
        process.arguments = arguments
        process.environment = ProcessInfo.processInfo.environment
            .filter { !$0.key.hasPrefix("PG") && $0.key != "DATABASE_URL" }.merging(environment) { $1 }
        let pipe = process.pipe()
        try process.runWithSignals()
        _ = collected.read(pipe)
    }

    deinit {
        stop()
    }

    var output: String { collected.text }

    var status: Int32 { process.status }

    /// Whether it prints `text` before it ends. What it printed may be read after its end.
    func waits(for text: String) -> Bool {
        let found = eventually { output.contains(text) || !process.isRunning }
        return found && eventually(within: 5) { output.contains(text) }
    }

    func waitForExit() {
        process.waitForExit()
    }

    /// - Returns: The exit status.
    @discardableResult
    func stop(_ signal: Int32 = SIGTERM) -> Int32 {
        if process.isRunning { kill(process.processIdentifier, signal) }
        process.waitForExit()
        return status
    }
}

extension Process {
    /// Waits for its end. One that does not come fails the test, and is then forced.
    func waitForExit(within seconds: Double = 300) {
        if eventually(within: seconds, { !isRunning }) { return }
        let name = executableURL?.lastPathComponent ?? ""
        Issue.record(WaitedInVain("\(name) \(arguments ?? []) still runs", .seconds(seconds)))
        kill(processIdentifier, SIGKILL)
        // What it started may have its socket, and then Foundation does not see its end.
        _ = eventually { !isRunning }
    }

    /// How it ended; -1 where it did not.
    var status: Int32 { isRunning ? -1 : terminationStatus }

    /// Takes its output, and gives it nothing to read.
    fileprivate func pipe() -> Pipe {
        let pipe = Pipe()
        standardOutput = pipe
        standardError = pipe
        standardInput = FileHandle.nullDevice
        return pipe
    }

    /// `run`, for a child that can be stopped: tests run on threads that block all signals, and a child
    /// inherits that.
    func runWithSignals() throws {
        var (all, before) = (sigset_t(), sigset_t())
        sigfillset(&all)
        pthread_sigmask(SIG_UNBLOCK, &all, &before)
        defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
        try run()
    }
}

/// What a process printed so far.
private final class Output: Sendable {
    private let data = Mutex(Data())

    var text: String { String(decoding: data.withLock { $0 }, as: UTF8.self) }

    /// Up to the end, on a thread of its own. (With a readabilityHandler, libdispatch crashed once in
    /// _dispatch_event_loop_drain.)
    func read(_ pipe: Pipe) -> Background {
        Background {
            while case let more = pipe.fileHandleForReading.availableData, !more.isEmpty {
                self.data.withLock { $0 += more }
            }
        }
    }
}

/// Runs a program to its end, which must come within so many seconds.
func command(
    _ path: String, _ arguments: [String], environment: [String: String] = [:], within seconds: Double = 300
) throws -> (status: Int32, output: String) {
    let process = Process()
    process.executableURL = URL(filePath: path)
    process.arguments = arguments
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    let output = Output()
    let pipe = process.pipe()
    try process.run()
    let reading = output.read(pipe)
    process.waitForExit(within: seconds)
    try reading.join()
    return (process.status, output.text)
}
