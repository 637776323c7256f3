import Foundation
import TestSupport
import Testing

@Suite("README.md and the pages of docs/", .serialized)
struct ReadmeTests {
    /// Those that have examples.
    private static let pages =
        (["README.md"]
        + (try! FileManager.default.contentsOfDirectory(atPath: RunningServer.repository.appending(path: "docs").path))
        .filter { $0.hasSuffix(".md") }.sorted().map { "docs/\($0)" })
        .filter { try! text($0).contains("```console\n") }

    private static func text(_ page: String) throws -> String {
        try String(contentsOf: RunningServer.repository.appending(path: page), encoding: .utf8)
    }

    /// The blocks of a page that begin with ```console: commands behind "$ ", and what they print.
    private static func sessions(_ page: String) throws -> [(command: String, output: String)] {
        let page = try text(page)
        let blocks = page.components(separatedBy: "```console\n").dropFirst()
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

    /// What is the same each time: neither moments nor days nor cursors, nor the ids of requests.
    private static func lasting(_ output: String) -> String {
        output.trimmingCharacters(in: .newlines)
            .replacing(#/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z/#, with: "MOMENT").replacing(cursor, with: "CURSOR")
            .replacing(#/"\d{4}-\d\d-\d\d"/#, with: "DAY")
            .replacing(#/"requestId":"[0-9a-f]{32}"/#, with: "REQUEST")
    }

    @Test("have examples that answer as they say, in the order they stand, on an empty database", arguments: pages)
    func examples(page: String) throws {
        let server = try RunningServer()
        defer { server.stop() }
        // For the files that examples make.
        let folder = FileManager.default.temporaryDirectory.appending(path: "examples-\(UUID())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let sessions = try ReadmeTests.sessions(page)
        var cursor = ""
        for (line, expected) in sessions {
            let local = line.replacing(ReadmeTests.cursor, with: cursor)
                .replacing("127.0.0.1:8000", with: "127.0.0.1:\(server.port)")
                .replacing("identityd ", with: "\(RunningServer.binary) ")
            let result = try command(
                "/bin/bash", ["-c", "cd '\(folder.path)'\n\(local)"],
                environment: ["DATABASE_URL": server.databaseURL])
            #expect(ReadmeTests.lasting(result.output) == ReadmeTests.lasting(expected), "\(line)")
            if let match = result.output.firstMatch(of: ReadmeTests.cursor) { cursor = String(match.output) }
        }
    }

    @Test("bring what README.md promises: each page of use has examples")
    func promised() {
        let promised = ["README.md", "docs/api.md", "docs/identifiers.md", "docs/import.md", "docs/operations.md"]
        #expect(promised.filter { !ReadmeTests.pages.contains($0) } == [])
    }

    @Test("README.md is short: at most 200 lines, and links to every page")
    func length() throws {
        let readme = try ReadmeTests.text("README.md")
        #expect(readme.split(separator: "\n", omittingEmptySubsequences: false).count <= 200)
        for page in try FileManager.default.contentsOfDirectory(
            atPath: RunningServer.repository.appending(path: "docs").path) where page.hasSuffix(".md")
        {
            #expect(readme.contains("(docs/\(page))"), "\(page)")
        }
    }

    @Test("docs/operations.md lists every setting with its default, and no other")
    func settings() throws {
        let page = try ReadmeTests.text("docs/operations.md")
        let settings = try ReadmeTests.text(".env.example").split(separator: "\n").filter {
            $0.contains(#/^#[A-Z_]+=/#)
        }
        #expect(page.matches(of: #/\n\| `[A-Z_]+` \|/#).count == settings.count)
        for line in settings {
            let (name, value) = (line.dropFirst().prefix { $0 != "=" }, line.drop { $0 != "=" }.dropFirst())
            #expect(page.contains("| `\(name)` | \(value.isEmpty ? "empty" : "`\(value)`") |"), "\(name)")
        }
    }
}
