import Foundation
import TestSupport
import Testing

/// As systemd starts an instance: the listening socket is its descriptor 0. `script/test-package` has systemd itself.
@Suite("An instance that systemd started")
struct SystemdTests {
    private let path = TestSocket.newPath()
    private let database: TestDatabase

    init() throws {
        database = try TestDatabase()
    }

    private static func bind(_ path: String, _ type: __socket_type, abstractly: Bool = false) throws -> FileHandle {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) {
            $0.copyBytes(from: path.utf8)
            if abstractly { $0[0] = 0 }
        }
        let descriptor = socket(AF_UNIX, Int32(type.rawValue), 0)
        let size = socklen_t(MemoryLayout<sa_family_t>.size + path.utf8.count)
        let result = withUnsafeBytes(of: address) {
            Glibc.bind(descriptor, $0.baseAddress!.assumingMemoryBound(to: sockaddr.self), size)
        }
        try #require(result == 0)
        return FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
    }

    private static func listen(_ path: String) throws -> FileHandle {
        let socket = try bind(path, SOCK_STREAM)
        try #require(Glibc.listen(socket.fileDescriptor, 100) == 0)
        return socket
    }

    /// Ended with SIGKILL, if it runs by then.
    private func withInstance(
        on socket: FileHandle, _ environment: [String: String] = [:], _ use: (Process, Pipe) throws -> Void
    ) throws {
        let process = Process()
        process.executableURL = URL(filePath: RunningServer.binary)
        process.arguments = ["serve"]
        process.environment = ProcessInfo.processInfo.environment
            .merging(["DATABASE_URL": database.url, "ALLOW_ANONYMOUS": "true"]) { $1 }.merging(environment) { $1 }
        process.standardInput = socket
        let log = Pipe()
        process.standardError = log
        try process.run()
        defer {
            kill(process.processIdentifier, SIGKILL)
            process.waitForExit()
        }
        try use(process, log)
    }

    private func expectServed() throws {
        let client = try FastCGIClient(path: path)
        client.send(FastCGIRecord.request([("REQUEST_METHOD", "GET"), ("SCRIPT_NAME", "/health/ready")]))
        #expect(client.reply().status == 200)
    }

    /// It exits with 1, and logs `problem` and what to do.
    private func expectEnd(_ process: Process, _ log: Pipe, _ problem: String) throws {
        try #require(eventually(within: 30) { !process.isRunning })
        #expect(process.terminationStatus == 1)
        let output = String(decoding: log.fileHandleForReading.availableData, as: UTF8.self)
        #expect(output.contains("\(path) \(problem)"))
        #expect(output.contains("systemctl restart identityd.socket"))
    }

    @Test("ends when its socket's path is gone, and says so")
    func pathGone() throws {
        try withInstance(on: try SystemdTests.listen(path)) { process, log in
            try expectServed()
            unlink(path)
            try expectEnd(process, log, "is gone")
        }
    }

    @Test("ends when its socket's path leads to another, which the next instance serves")
    func pathTaken() throws {
        defer { unlink(path) }
        try withInstance(on: try SystemdTests.listen(path)) { process, log in
            try expectServed()
            unlink(path)
            let another = try SystemdTests.listen(path)
            try expectEnd(process, log, "leads to another socket")
            try withInstance(on: another) { _, _ in try expectServed() }
        }
    }

    @Test("tells when it serves", arguments: [false, true])
    func ready(abstractly: Bool) throws {
        let name = abstractly ? "@identityd-test-\(getpid())" : TestSocket.newPath()
        let notified = try SystemdTests.bind(name, SOCK_DGRAM, abstractly: abstractly)
        defer { if !abstractly { unlink(name) } }
        defer { unlink(path) }
        try withInstance(on: try SystemdTests.listen(path), ["NOTIFY_SOCKET": name]) { _, _ in
            var event = pollfd(fd: notified.fileDescriptor, events: Int16(POLLIN), revents: 0)
            try #require(poll(&event, 1, 30_000) == 1)
            var message = [UInt8](repeating: 0, count: 100)
            let count = recv(notified.fileDescriptor, &message, message.count, 0)
            #expect(String(decoding: message.prefix(count), as: UTF8.self) == "READY=1")
            try expectServed()
        }
    }
}
