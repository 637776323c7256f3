import Foundation
import TestSupport
import Testing

@Suite("Under 32 connections, every request is answered when of two instances", .serialized)
struct InstanceTests {
    let server: RunningServer

    init() throws {
        server = try RunningServer(["INSTANCES": "2", "CONNECTIONS": "8"])
    }

    /// Whether it comes to it: it writes a line of its log for each request. (Before, none would be left when another goes.)
    private func serves(_ instance: pid_t) throws -> Bool {
        try eventually { try Usage(of: [instance]).bytesWritten > 10_000 }
    }

    /// - Returns: How many requests nginx sent to a second instance, because the first went away with them.
    private func underLoad(_ change: String, _ make: () throws -> Void) throws -> Int {
        let load = CustomerLoad(port: server.port, connections: 32)
        usleep(300_000)
        try make()
        usleep(500_000)
        let tally = load.finish()
        // nginx keeps lines of its log back for a second. Its tries of a request are a list.
        usleep(1_200_000)
        let sentAgain = try server.log("access.log").split(separator: "\n").count { $0.contains(", ") }
        try printFigures(change, tally, of: server, "\(sentAgain) sent again by nginx")
        #expect(tally.refused == [])
        #expect(tally.answered.count > 500)
        #expect(tally.slowest < .seconds(3))
        try tally.check(server.databaseURL)
        return sentAgain
    }

    @Test("the oldest gets a signal every 0.3 seconds", arguments: [("SIGTERM", SIGTERM), ("SIGKILL", SIGKILL)])
    func signalled(name: String, signal: Int32) throws {
        let sentAgain = try underLoad("\(name) to an instance every 0.3 s, 16 times") {
            for _ in 0..<16 {
                let instances = try server.instances()
                #expect(kill(instances[0], signal) == 0)
                usleep(300_000)
                #expect(try eventually { try server.instances().count == 2 && server.instances()[0] != instances[0] })
                #expect(try serves(server.instances()[1]))
            }
        }
        // SIGTERM drains: at most, nginx writes to a kept connection just when it is closed.
        #expect(signal == SIGKILL ? sentAgain > 0 : sentAgain < 32)
    }

    @Test("there is a third for a while, eight times")
    func addAndRemove() throws {
        let sentAgain = try underLoad("an instance added and removed again, 8 times") {
            for _ in 0..<8 {
                try server.runScript("server", "--add")
                #expect(try eventually { try server.instances().count == 3 })
                let newest = try server.instances()[2]
                #expect(try serves(newest))
                try server.runScript("server", "--remove")
                #expect(try eventually { try server.instances().count == 2 && kill(newest, 0) != 0 })
            }
        }
        #expect(sentAgain < 32)
    }
}
