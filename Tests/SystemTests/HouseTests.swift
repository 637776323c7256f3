import Foundation
import Testing

@Suite("The house")
struct HouseTests {
    private static let modules = ["APIKeys", "FastCGI", "PostgreSQL", "Identity", "Service", "identityd"]

    /// What each module may import, of ours and of others.
    private static let allowed: [String: Set<String>] = [
        "APIKeys": ["CCrypto"],
        "EventLoop": ["CLinux", "Glibc", "Synchronization"],
        "FastCGI": ["CFastCGI", "EventLoop", "Glibc"],
        "PostgreSQL": ["CPostgreSQL", "EventLoop", "Glibc"],
        "Identity": [],
        "Service": [
            "APIKeys", "EventLoop", "FastCGI", "PostgreSQL", "Identity", "Logging", "Glibc", "Synchronization",
        ],
        "identityd": ["APIKeys", "Service", "ArgumentParser", "Logging", "Glibc"],
    ]

    private func files(_ module: String) throws -> [(path: String, text: String)] {
        let folder = RunningServer.repository.appending(path: "Sources/\(module)").path
        return try FileManager.default.subpathsOfDirectory(atPath: folder).filter { $0.hasSuffix(".swift") }
            .map { ("\(module)/\($0)", try String(contentsOfFile: "\(folder)/\($0)", encoding: .utf8)) }
    }

    @Test("imports run one way, C stays behind its module, and Foundation outside", arguments: modules)
    func imports(module: String) throws {
        let allowed = try #require(HouseTests.allowed[module])
        for (path, text) in try files(module) {
            for line in text.split(separator: "\n") where line.contains(#/^(internal |public )?import /#) {
                let imported = String(try #require(line.split(separator: " ").last))
                #expect(allowed.contains(imported), "\(path)")
                if ["CCrypto", "CFastCGI", "CLinux", "CPostgreSQL"].contains(imported) {
                    #expect(line.hasPrefix("internal "), "\(path)")
                }
            }
        }
    }

    @Test("SQL is in the store, the verifier, the report and bulk commands alone", arguments: modules)
    func sql(module: String) throws {
        for (path, text) in try files(module) {
            if ["/Database/", "/Verifier/", "/Report/", "/Bulk/"].contains(where: path.contains) { continue }
            #expect(!text.contains(#/\b(SELECT|INSERT INTO|UPDATE [a-z]+ SET|DELETE FROM)\b/#), "\(path)")
        }
    }

    @Test("no file has two subjects: none is longer than 350 lines", arguments: modules)
    func length(module: String) throws {
        for (path, text) in try files(module) {
            #expect(text.split(separator: "\n", omittingEmptySubsequences: false).count <= 350, "\(path)")
        }
    }
}
