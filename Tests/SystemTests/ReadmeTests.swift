import Foundation
import TestSupport
import Testing

@Suite("The README", .serialized, .server())
struct ReadmeTests {
    /// The blocks of the README that begin with ```console: commands behind "$ ", and what they print.
    private static func sessions() throws -> [(command: String, output: String)] {
        let readme = try String(contentsOf: RunningServer.repository.appending(path: "README.md"), encoding: .utf8)
        let blocks = readme.components(separatedBy: "```console\n").dropFirst()
            .compactMap { $0.components(separatedBy: "\n```").first }
        return blocks.flatMap { block in
            block.components(separatedBy: "\n$ ").map { session in
                let lines = session.split(separator: "\n", omittingEmptySubsequences: false)
                let wrapped = lines.prefix { $0.hasSuffix("\\") }.count + 1
                let command = lines.prefix(wrapped).joined(separator: "\n")
                return (
                    String(command.hasPrefix("$ ") ? command.dropFirst(2) : command[...]),
                    lines.dropFirst(wrapped).joined(separator: "\n")
                )
            }
        }
    }

    private static var cursor: Regex<Substring> { #/\d+\.\d+\.[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/# }

    /// What is the same each time: neither moments nor cursors.
    private static func lasting(_ output: String) -> String {
        output.trimmingCharacters(in: .newlines)
            .replacing(#/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z/#, with: "MOMENT").replacing(cursor, with: "CURSOR")
    }

    @Test("has examples that answer as it says, in the order they stand")
    func examples() throws {
        let server = try RunningServer.current
        let sessions = try ReadmeTests.sessions()
        #expect(sessions.count >= 5)
        var cursor = ""
        for (line, expected) in sessions {
            let local = line.replacing(ReadmeTests.cursor, with: cursor)
                .replacing("127.0.0.1:8000", with: "127.0.0.1:\(server.port)")
                .replacing("identityd ", with: "\(RunningServer.binary) ")
            let result = try command("/bin/bash", ["-c", local], environment: ["DATABASE_URL": server.databaseURL])
            #expect(ReadmeTests.lasting(result.output) == ReadmeTests.lasting(expected), "\(line)")
            if let match = result.output.firstMatch(of: ReadmeTests.cursor) { cursor = String(match.output) }
        }
    }

    @Test("lists every setting with its default, and no other")
    func settings() throws {
        let readme = try String(contentsOf: RunningServer.repository.appending(path: "README.md"), encoding: .utf8)
        let example = try String(
            contentsOf: RunningServer.repository.appending(path: ".env.example"), encoding: .utf8)
        let settings = example.split(separator: "\n").filter { $0.contains(#/^#[A-Z_]+=/#) }
        #expect(readme.matches(of: #/\n\| `[A-Z_]+` \|/#).count == settings.count)
        for line in settings {
            let (name, value) = (line.dropFirst().prefix { $0 != "=" }, line.drop { $0 != "=" }.dropFirst())
            #expect(readme.contains("| `\(name)` | \(value.isEmpty ? "empty" : "`\(value)`") |"), "\(name)")
        }
    }
}
