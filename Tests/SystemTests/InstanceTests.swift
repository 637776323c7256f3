import Foundation
import TestSupport
import Testing

@Suite("Under load, no request is lost when an instance", .serialized, .server(["INSTANCES": "2", "WORKERS": "4"]))
struct InstanceTests {
    let server: RunningServer

    init() throws {
        server = try .current
    }

    private func underLoad(_ change: () throws -> Void) throws {
        let load = Load(port: server.port)
        usleep(300_000)
        try change()
        usleep(500_000)
        let tally = load.finish()
        #expect(tally.bad == [])
        #expect(tally.good > 50)
        #expect(try server.identityd("verify").status == 0)
    }

    @Test("is restarted with SIGTERM, which drains it")
    func restart() throws {
        try underLoad {
            for _ in 0..<4 {
                let instances = try server.instances()
                kill(instances[0], SIGTERM)
                #expect(try eventually { try server.instances().count == 2 && server.instances() != instances })
            }
        }
    }

    @Test("is killed with SIGKILL, and nginx sends its requests again")
    func kill9() throws {
        try underLoad {
            for _ in 0..<4 {
                let instances = try server.instances()
                kill(instances[0], SIGKILL)
                #expect(try eventually { try server.instances().count == 2 && server.instances() != instances })
                usleep(300_000)
            }
        }
    }

    @Test("is added, takes its share, and is removed again")
    func addAndRemove() throws {
        try underLoad {
            try server.runScript("server", "--add")
            #expect(try eventually { try server.instances().count == 3 })
            usleep(1_000_000)
            let newest = try #require(try server.instances().last)
            // Each worker of the newest has a connection of its own, so it has begun to serve.
            #expect(FileManager.default.fileExists(atPath: "/proc/\(newest)"))
            try server.runScript("server", "--remove")
            #expect(try eventually { try server.instances().count == 2 })
        }
    }
}
