import Foundation
import Properties
import Testing

@Suite("The fuzzer's corpus")
struct CorpusTests {
    @Test("breaks no property", arguments: Property.allCases)
    func corpus(_ property: Property) throws {
        let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(
            path: "../corpus/\(property.rawValue)")
        let files = try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
        #expect(!files.isEmpty)
        for file in files {
            #expect(throws: Never.self, "\(file.lastPathComponent)") {
                try property.check(Array(Data(contentsOf: file)))
            }
        }
    }
}
