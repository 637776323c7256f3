import Foundation
import TestSupport
import Testing

/// As root, because it gives one process a resolver of its own, and a name server port 53.
@Suite("While the name server says nothing", .serialized, .enabled(if: getuid() == 0))
struct NameLookupTests {
    private static let nameServer = "127.83.0.53"

    /// A UDP port that takes questions, and answers none.
    private static func silentNameServer() throws -> Int32 {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(53).bigEndian
        inet_pton(AF_INET, nameServer, &address.sin_addr)
        let descriptor = socket(AF_INET, Int32(SOCK_DGRAM.rawValue), 0)
        let result = withUnsafeBytes(of: address) {
            bind(descriptor, $0.baseAddress!.assumingMemoryBound(to: sockaddr.self), socklen_t($0.count))
        }
        try #require(result == 0)
        return descriptor
    }

    @Test("the service starts, and each request is answered by its deadline, with the reason")
    func silent() throws {
        let nameServer = try NameLookupTests.silentNameServer()
        let folder = "/tmp/identityd-names-\(getpid())"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer {
            close(nameServer)
            try? FileManager.default.removeItem(atPath: folder)
        }
        try "nameserver \(NameLookupTests.nameServer)\noptions timeout:30\n"
            .write(toFile: folder + "/resolv.conf", atomically: true, encoding: .utf8)
        let serve = """
            mount --bind \(folder)/resolv.conf /etc/resolv.conf
            exec env DATABASE_URL=host=database.invalid \(RunningServer.binary) serve --socket \(folder)/socket
            """
        let instance = try Script(
            "with-postgres", ["unshare", "--mount", "sh", "-ec", serve],
            environment: ["ALLOW_ANONYMOUS": "true"])
        defer { instance.stop() }
        try #require(instance.waits(for: #""message":"serving""#), "\(instance.output)")
        for round in 0..<4 {
            let client = try FastCGIClient(path: folder + "/socket")
            client.send(
                FastCGIRecord.request([("SCRIPT_NAME", "/identify")], body: Array(#"{"email":"a@x.org"}"#.utf8)))
            guard case .answer(let answer) = client.reply() else {
                Issue.record("no answer in round \(round)")
                continue
            }
            #expect(answer.status == 503 && answer.text.contains("can't be reached"), "\(answer.text)")
        }
        #expect(eventually { instance.output.matches(of: /"milliseconds":([0-9.]+)/).count == 4 })
        for match in instance.output.matches(of: /"milliseconds":([0-9.]+)/) {
            #expect(Double(match.1).map { $0 < 2_200 } == true, "the promise: deadline + 0.2 s")
        }
        #expect(instance.waits(for: "the look-up of its host name, did not answer in time"))
    }
}
