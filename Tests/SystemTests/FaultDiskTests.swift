import Foundation
import TestSupport
import Testing

@Suite("Under load, when the disk of PostgreSQL's WAL", .serialized)
struct FaultDiskTests {
    @Test(
        "is full until PostgreSQL stops, requests are refused, and served by itself when it is back",
        .enabled(if: canMount, "this takes the right to mount a file system"))
    func full() throws {
        let cluster = try LentCluster()
        try cluster.control("stop")
        try cluster.run(
            """
            own_directories wal
            mount -t tmpfs -o size=64m,mode=0700,uid="$(id -u postgres)" tmpfs wal
            mv data/pg_wal/* wal/
            rmdir data/pg_wal
            ln -s ../wal data/pg_wal
            """)
        defer {
            try? cluster.control("stop", mode: "immediate")
            _ = try? cluster.run("umount wal")
        }
        try cluster.control("start")

        let server = try RunningServer(["CONNECTIONS": "8", "DATABASE_URL": cluster.url])
        let load = CustomerLoad(port: server.port, connections: 16)
        sleep(1)
        try cluster.run("dd if=/dev/zero of=wal/filler bs=64k status=none || true")
        // The segment in use has room left: PostgreSQL is to begin the next one, and then the next.
        let isDown = try eventually(within: 30) {
            try cluster.run("psql -Xqc 'SELECT pg_switch_wal()' '\(cluster.url)' &>/dev/null || sleep 0.1")
            return try cluster.run("[[ -f data/postmaster.pid ]] || echo down") == "down\n"
        }
        #expect(isDown)
        #expect(try cluster.run("grep -c 'PANIC: .*No space left on device' data/restarted.log || true") != "0\n")
        sleep(2)
        try cluster.run("rm wal/filler")
        try cluster.control("start")
        let back = ContinuousClock.now
        usleep(1_500_000)
        let tally = load.finish()
        try printFigures("WAL's disk full", tally, of: server, recovery: tally.recovery(since: back))
        #expect(tally.refused.count > 50)
        #expect(tally.recovery(since: back) < .seconds(1))
        #expect(tally.slowest < .seconds(3))
        try tally.check(cluster.url)
    }
}

/// Tried where no other process sees it.
private let canMount: Bool = {
    let attempt = ["--mount", "mount", "-t", "tmpfs", "tmpfs", "/mnt"]
    return (try? command("/usr/bin/unshare", attempt))?.status == 0
}()
