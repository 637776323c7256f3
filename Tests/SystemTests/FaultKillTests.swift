import Foundation
import TestSupport
import Testing

@Suite("Under 32 connections, with two instances", .serialized)
struct FaultKillTests {
    @Test("one of them is killed every 0.3 seconds, and every request is answered")
    func kill9() throws {
        let server = try RunningServer(["INSTANCES": "2", "WORKERS": "8"])
        let load = CustomerLoad(port: server.port, connections: 32)
        var killed = 0
        for _ in 0..<16 {
            usleep(300_000)
            if let oldest = try server.instances().first, kill(oldest, SIGKILL) == 0 { killed += 1 }
        }
        usleep(500_000)
        let tally = load.finish()
        try printFigures("kill -9 every 0.3 s", tally, of: server, "\(killed) killed")
        #expect(killed > 5)
        #expect(tally.slowest < .seconds(3))
        try tally.check(server.databaseURL)
    }
}
