import Foundation
import TestSupport
import Testing

private let minutes = Int(ProcessInfo.processInfo.environment["SOAK_MINUTES"] ?? "") ?? 0

/// For script/soak.
@Suite("Soak", .serialized, .enabled(if: minutes > 0))
struct SoakTests {
    private enum Fault: CaseIterable {
        case kill, terminate, addOrRemove, reload, endSessions, crash
    }

    let cluster: LentCluster
    let server: RunningServer

    init() throws {
        cluster = try LentCluster(seconds: (minutes + 10) * 60)
        server = try RunningServer(["INSTANCES": "3", "CONNECTIONS": "4", "DATABASE_URL": cluster.url])
    }

    @Test("a fault every 2 seconds: nothing is lost, and nothing grows")
    func soak() throws {
        let oldest = try server.instances()[0]
        let load = CustomerLoad(port: server.port, connections: 16)
        var random = SeededGenerator(seed: 1)
        var held: [Held] = []
        for half in 1...minutes * 2 {
            let end = ContinuousClock.now + .seconds(28)
            while ContinuousClock.now < end {
                try strike(.allCases.randomElement(using: &random)!)
                sleep(2)
            }
            sleep(2)
            held.append(try Held(by: server, in: cluster))
            report("\(half * 30) s: \(load.soFar.summary), \(held[half - 1])")
        }
        let tally = load.finish()
        let isFlat = held.last!.isHardlyMore(than: held.first!)
        report("memory, descriptors and sessions are \(isFlat ? "flat" : "NOT flat"); verifying")
        #expect(isFlat)
        #expect(try server.instances()[0] == oldest)
        #expect(tally.answered.count > minutes * 1000)
        #expect(tally.slowest < .seconds(6))
        try tally.check(cluster.url)
    }

    /// The oldest instance is spared, to see whether it grows.
    private func strike(_ fault: Fault) throws {
        let instances = try server.instances()
        switch fault {
        case .kill: kill(instances[1], SIGKILL)
        case .terminate: kill(instances[1], SIGTERM)
        case .addOrRemove: try server.runScript("server", instances.count > 3 ? "--remove" : "--add")
        case .reload: kill(try server.nginx()[0], SIGHUP)
        case .endSessions:
            try cluster.psql(
                """
                SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'identityd'
                 ORDER BY random() LIMIT 5
                """)
        case .crash: try cluster.control("restart", mode: "immediate")
        }
    }

    /// At once, also into a pipe.
    private func report(_ line: String) {
        FileHandle.standardOutput.write(Data("soak: \(line)\n".utf8))
    }
}

/// What must not grow.
private struct Held: CustomStringConvertible {
    let oldest: Usage
    let nginx: Usage
    /// Of one instance.
    let sessions: Int

    init(by server: RunningServer, in cluster: LentCluster) throws {
        let instances = try server.instances()
        oldest = try Usage(of: [instances[0]])
        nginx = try Usage(of: server.nginx())
        let count = try cluster.psql("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'identityd'")
        sessions = try #require(Int(count.dropLast())) / instances.count
    }

    func isHardlyMore(than first: Held) -> Bool {
        oldest.isHardlyMore(than: first.oldest) && nginx.isHardlyMore(than: first.nginx) && sessions <= first.sessions
    }

    var description: String { "oldest instance: \(oldest), nginx: \(nginx), \(sessions) sessions an instance" }
}

extension Usage {
    /// 4 MiB, or what 50 connections that are just served hold.
    fileprivate func isHardlyMore(than first: Usage) -> Bool {
        resident < first.resident + 4096 && descriptors < first.descriptors + 50
    }
}
