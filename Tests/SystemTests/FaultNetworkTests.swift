import Foundation
import TestSupport
import Testing

@Suite("When the network swallows what is sent to PostgreSQL", .serialized, .enabled(if: geteuid() == 0))
struct FaultNetworkTests {
    @Test("no request waits longer than the deadline and a second, and it recovers when packets arrive again")
    func swallowed() throws {
        let cluster = try LentCluster()
        let name = "idns\(getpid())"
        try cluster.configure("listen_addresses = '*'")
        try cluster.run("echo 'host all all 10.231.7.0/30 trust' >>data/pg_hba.conf")
        try cluster.control("stop")
        // The far end has an address that frames can be sent past.
        try cluster.run(
            """
            ip netns add \(name)
            ip link add \(name)a type veth peer name eth0 netns \(name)
            ip addr add 10.231.7.1/30 dev \(name)a
            ip link set \(name)a up
            ip -n \(name) addr add 10.231.7.2/30 dev eth0
            ip -n \(name) link set eth0 address 02:00:00:00:07:02 up
            ip neigh replace 10.231.7.2 lladdr 02:00:00:00:07:02 nud permanent dev \(name)a
            """)
        defer { _ = try? cluster.run("ip netns delete \(name)") }
        defer { try? cluster.control("stop", mode: "immediate") }
        try cluster.control("start", under: "ip netns exec \(name)")

        let url = "host=10.231.7.2 port=5432 user=postgres dbname=postgres"
        let server = try RunningServer(["CONNECTIONS": "8", "DATABASE_URL": url])
        let load = CustomerLoad(port: server.port, connections: 16)
        sleep(1)
        try cluster.run("ip neigh replace 10.231.7.2 lladdr 02:00:00:00:07:99 nud permanent dev \(name)a")
        sleep(4)
        try cluster.run("ip neigh replace 10.231.7.2 lladdr 02:00:00:00:07:02 nud permanent dev \(name)a")
        let back = ContinuousClock.now
        usleep(2_500_000)
        let tally = load.finish()
        try printFigures("packets swallowed for 4 s", tally, of: server, recovery: tally.recovery(since: back))
        #expect(tally.refused.count > 10)
        // A request may come behind one that waits for its deadline, 2 s, and then wait for a connection, 0.9 s, itself;
        // the rest is the machine's.
        #expect(tally.slowest < .seconds(3.1))
        try tally.check(cluster.url)
    }
}
