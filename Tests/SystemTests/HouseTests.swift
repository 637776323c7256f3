import Foundation
import Testing

@Suite("The house")
struct HouseTests {
    /// What each module may import, of ours and of others.
    private static let allowed: [String: Set<String>] = [
        "APIKeys": ["CCrypto"],
        "EventLoop": ["CLinux", "Glibc", "Synchronization"],
        "FastCGI": ["CFastCGI", "EventLoop", "Glibc"],
        "PostgreSQL": ["CPostgreSQL", "EventLoop", "Glibc", "Synchronization"],
        "Identity": [],
        "Identifiers": ["CIdentifiers", "Identity"],
        "Settings": ["Identifiers", "Identity", "PostgreSQL", "Logging", "Glibc", "Synchronization"],
        "ContactStore": ["Identity", "EventLoop", "PostgreSQL", "Glibc", "Synchronization"],
        "API": ["APIKeys", "ContactStore", "Identifiers", "Identity", "Settings", "Synchronization"],
        "Bulk": ["API", "APIKeys", "ContactStore", "Identifiers", "Identity", "Settings", "Glibc"],
        "Server": [
            "API", "ContactStore", "EventLoop", "FastCGI", "Identity", "Settings", "Logging", "Glibc",
            "Synchronization",
        ],
        "identityd": [
            "API", "APIKeys", "Bulk", "ContactStore", "Identifiers", "Identity", "Server", "Settings", "ArgumentParser",
            "Glibc",
        ],
    ]

    private static let sources = RunningServer.repository.appending(path: "Sources").path

    private static let folders = try! FileManager.default.contentsOfDirectory(atPath: sources).sorted()

    private static let cModules = folders.filter {
        FileManager.default.fileExists(atPath: "\(sources)/\($0)/module.modulemap")
    }

    private static let modules = folders.filter { !cModules.contains($0) }

    private static let withoutStore = modules.filter { $0 != "ContactStore" }

    private func files(_ folder: String) throws -> [(path: String, text: String)] {
        let path = RunningServer.repository.appending(path: folder).path
        return try FileManager.default.subpathsOfDirectory(atPath: path).filter { $0.hasSuffix(".swift") }
            .map { ("\(folder)/\($0)", try String(contentsOfFile: "\(path)/\($0)", encoding: .utf8)) }
    }

    /// The lines of a file that import what `module` may not, or let C through.
    private func wrongImports(_ text: String, of module: String) throws -> [String] {
        let allowed = try #require(HouseTests.allowed[module], "say here what \(module) may import")
        return text.split(separator: "\n").map(String.init).filter { line in
            let words = line.split(whereSeparator: { $0.isWhitespace || $0 == "." })
            guard let index = words.firstIndex(of: "import"), words[..<index].allSatisfy(HouseTests.isModifier) else {
                return false
            }
            // One declaration of a module may be imported: `import struct Module.Name`.
            let imported = words[(index + 1)...].first { !HouseTests.kinds.contains(String($0)) }.map(String.init) ?? ""
            let isOpen = HouseTests.cModules.contains(imported) && words.first != "internal"
            return !allowed.contains(imported) || isOpen
        }
    }

    private static let kinds = ["typealias", "struct", "class", "enum", "protocol", "let", "var", "func"]

    private static func isModifier(_ word: Substring) -> Bool {
        word.hasPrefix("@") || ["private", "fileprivate", "internal", "package", "public"].contains(word)
    }

    @Test("imports run one way, C stays behind its module, and Foundation outside", arguments: modules)
    func imports(module: String) throws {
        for (path, text) in try files("Sources/\(module)") {
            #expect(try wrongImports(text, of: module) == [], "\(path)")
        }
    }

    @Test(
        "a wrong import is found, however it is written",
        arguments: [
            "import Foundation", "internal import Foundation", "public import ContactStore", "@testable import API",
            "@preconcurrency public import PostgreSQL", "import struct Foundation.Date",
            "#if DEBUG\n    import API", "import CLinux", "public import CLinux", "internal import CFastCGI",
        ])
    func wrongImport(text: String) throws {
        #expect(try wrongImports("internal import CLinux\n\(text)\nlet x = 1", of: "EventLoop").count == 1)
    }

    @Test("no two folders of a module need each other", arguments: modules)
    func noCycles(module: String) throws {
        #expect(HouseTests.cycle(in: try folderUses(module)) == nil)
    }

    /// For each folder of a module, the others whose types it names.
    private func folderUses(_ module: String) throws -> [String: Set<String>] {
        let files = try files("Sources/\(module)").map { path, text in
            (folder: String(path.split(separator: "/").dropFirst(2).dropLast().joined(separator: "/")), text: text)
        }
        let declaration = #/(?m)^(?:\w+ )*(?:struct|class|enum|actor|protocol|typealias) (\w+)/#
        var homes: [Substring: String] = [:]
        for (folder, text) in files {
            for match in text.matches(of: declaration) where !match.0.hasPrefix("private") { homes[match.1] = folder }
        }
        var uses: [String: Set<String>] = [:]
        for (folder, text) in files {
            let code = text.split(separator: "\n").map {
                $0.prefix(upTo: $0.firstRange(of: "//")?.lowerBound ?? $0.endIndex)
            }
            for word in Set(code.flatMap { $0.matches(of: #/\w+/#).map(\.0) }) {
                if let home = homes[word], home != folder { uses[folder, default: []].insert(home) }
            }
        }
        return uses
    }

    /// Names on a way that leads back to where it began.
    private static func cycle(in uses: [String: Set<String>]) -> [String]? {
        func search(_ way: [String]) -> [String]? {
            for next in uses[way.last!, default: []].sorted() {
                if let index = way.firstIndex(of: next) { return Array(way[index...]) + [next] }
                if let cycle = search(way + [next]) { return cycle }
            }
            return nil
        }
        return uses.keys.sorted().lazy.compactMap { search([$0]) }.first
    }

    @Test("the modules need each other in one direction, and a circle is found")
    func cycles() {
        #expect(HouseTests.cycle(in: HouseTests.allowed) == nil)
        #expect(HouseTests.cycle(in: ["a": ["b"], "b": ["c"], "c": ["b"]]) == ["b", "c", "b"])
    }

    @Test("SQL is in the store alone", arguments: withoutStore)
    func sql(module: String) throws {
        for (path, text) in try files("Sources/\(module)") {
            #expect(!text.contains(#/\b(SELECT|INSERT INTO|UPDATE [a-z]+ SET|DELETE FROM)\b/#), "\(path)")
        }
    }

    @Test("no file has two subjects: none is longer than 350 lines", arguments: modules)
    func length(module: String) throws {
        for (path, text) in try files("Sources/\(module)") {
            #expect(text.split(separator: "\n", omittingEmptySubsequences: false).count <= 350, "\(path)")
        }
    }

    @Test("README.md and the pages of docs/ name files that exist")
    func namedFiles() throws {
        let path = RunningServer.repository.path
        let pages = try FileManager.default.contentsOfDirectory(atPath: "\(path)/docs").filter { $0.hasSuffix(".md") }
        var named = 0
        for page in ["README.md"] + pages.map({ "docs/\($0)" }) {
            let text = try String(contentsOfFile: "\(path)/\(page)", encoding: .utf8)
            for match in text.matches(of: #/`((?:Sources|Tests|nginx|script|systemd)\/[\w.\/-]*)[` ]/#) {
                named += 1
                #expect(FileManager.default.fileExists(atPath: "\(path)/\(match.1)"), "\(page): \(match.1)")
            }
        }
        #expect(named > 50)
    }

    @Test("no test waits without an end: what can, is in TestSupport alone")
    func waits() throws {
        let endless = [
            "waitUntilExit", "readDataToEndOfFile", "DispatchSemaphore", "DispatchGroup", "NSCondition", "pthread_join",
        ]
        for (path, text) in try files("Tests")
        where !path.contains("/TestSupport/") && !path.hasSuffix("/HouseTests.swift") {
            #expect(endless.filter(text.contains) == [], "\(path)")
        }
    }
}
