import Foundation
import Synchronization

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
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardError = pipe
        process.standardInput = FileHandle.nullDevice
        try process.runWithSignals()
        // With a readabilityHandler, libdispatch crashed once in _dispatch_event_loop_drain.
        Thread.detachNewThread { [collected] in
            while case let data = pipe.fileHandleForReading.availableData, !data.isEmpty { collected.append(data) }
        }
    }

    deinit {
        stop()
    }

    var output: String { collected.text }

    var status: Int32 { process.terminationStatus }

    /// Whether it prints `text` before it ends.
    func waits(for text: String, seconds: Double = 60) -> Bool {
        let found = eventually(within: seconds) { output.contains(text) || !process.isRunning }
        return found && eventually(within: 1) { output.contains(text) }
    }

    func waitForExit() {
        process.waitUntilExit()
    }

    /// - Returns: The exit status.
    @discardableResult
    func stop(_ signal: Int32 = SIGTERM) -> Int32 {
        if process.isRunning { kill(process.processIdentifier, signal) }
        process.waitUntilExit()
        return process.terminationStatus
    }
}

extension Process {
    /// `run`, for a child that can be stopped: tests run on threads that block all signals, and a child
    /// inherits that.
    fileprivate func runWithSignals() throws {
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

    func append(_ more: Data) {
        data.withLock { $0 += more }
    }
}

/// Runs a program to its end.
func command(
    _ path: String, _ arguments: [String], environment: [String: String] = [:]
) throws -> (status: Int32, output: String) {
    let process = Process()
    process.executableURL = URL(filePath: path)
    process.arguments = arguments
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    let pipe = Pipe()
    process.standardOutput = pipe
    process.standardError = pipe
    process.standardInput = FileHandle.nullDevice
    try process.run()
    let output = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    return (process.terminationStatus, output)
}
