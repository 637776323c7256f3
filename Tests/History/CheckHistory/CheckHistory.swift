import ArgumentParser
import Foundation
import HistoryChecker
import TestSupport

/// For script/check-history.
@main
struct CheckHistory: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check-history", subcommands: [File.self, Run.self])

    /// A history that was kept.
    struct File: ParsableCommand {
        @Argument var path: String

        func run() throws {
            let clock = ContinuousClock.now
            let report = try Report(checking: HistoryFile.read(path))
            print("\(report), in \(ContinuousClock.now - clock)")
            try report.conclude()
        }
    }

    /// A history of a running service, in rounds, so that it fits into memory however long it is.
    struct Run: ParsableCommand {
        private static let longestRound = 20

        @Option var port: Int
        @Option var database: String
        @Option(help: "The program that imports.") var binary: String
        @Option var seconds: Int
        @Option var clients: Int
        @Option var seed: UInt64
        @Option var keep: String
        @Flag(help: "Keep all rounds, not only the last.") var keepsAll = false

        func run() throws {
            try Data().write(to: URL(filePath: keep))
            let file = try FileHandle(forWritingTo: URL(filePath: keep))
            var (sum, round) = (
                Report(), Round(port: port, database: database, binary: binary, clients: clients, seed: seed)
            )
            var rest = seconds
            repeat {
                let history = try round.run(seconds: min(rest, Run.longestRound))
                if !keepsAll { try file.truncate(atOffset: 0) }
                try HistoryFile.append(history, to: file)
                rest -= Run.longestRound
                sum += Report(checking: history)
                FileHandle.standardError.write(Data("\(sum)\n".utf8))
                round = round.next
            } while rest > 0 && sum.isGood
            print(sum)
            try sum.conclude()
        }
    }
}

extension Report {
    func conclude() throws {
        for contradiction in contradictions.prefix(1) { print(contradiction) }
        if !isGood { throw ExitCode.failure }
    }
}
