import Foundation
import Testing

@Suite("A script")
struct ScriptHelpTests {
    private static let folder = RunningServer.repository.appending(path: "script").path

    /// All that can be run.
    private static let scripts = try! FileManager.default.contentsOfDirectory(atPath: folder).sorted().filter {
        var isFolder: ObjCBool = false
        let path = "\(folder)/\($0)"
        return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) && !isFolder.boolValue
            && FileManager.default.isExecutableFile(atPath: path)
    }

    /// Runs it where all that installs, builds or starts something leaves a trace, and does nothing.
    private func run(_ script: String, _ argument: String) throws -> (status: Int32, output: String, did: String) {
        let traps = "/tmp/identityd-traps-\(UUID())"
        defer { try? FileManager.default.removeItem(atPath: traps) }
        try FileManager.default.createDirectory(atPath: traps, withIntermediateDirectories: true)
        for program in [
            "apt-get", "sudo", "dpkg-query", "swift", "clang", "systemd-analyze", "mktemp", "psql", "flock",
        ] {
            let path = "\(traps)/\(program)"
            try "#!/bin/sh\necho \(program) >>\(traps)/did\n".write(toFile: path, atomically: true, encoding: .utf8)
            try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: path)
        }
        let (status, output) = try command(
            "\(ScriptHelpTests.folder)/\(script)", [argument], environment: ["PATH": "\(traps):/usr/bin:/bin"],
            within: 30)
        return (status, output, (try? String(contentsOfFile: "\(traps)/did", encoding: .utf8)) ?? "")
    }

    @Test("says with --help what it is for and what it takes, and does nothing else", arguments: scripts)
    func help(script: String) throws {
        for option in ["--help", "-h"] {
            let (status, output, did) = try run(script, option)
            #expect(status == 0)
            #expect(output.contains("script/\(script)"), "\(output)")
            #expect(output.count > 100, "\(output)")
            #expect(did == "")
        }
    }

    @Test("refuses an option that it does not know, with what it takes, and does nothing else", arguments: scripts)
    func unknown(script: String) throws {
        let (status, output, did) = try run(script, "--nonsense")
        #expect(status == 2)
        #expect(output.contains("--nonsense") && output.contains("script/\(script)"), "\(output)")
        #expect(did == "")
    }
}
