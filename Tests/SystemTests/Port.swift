import Foundation
import Synchronization
import Testing

/// A TCP port of this machine for one test. Test runs go on at the same time: the one that makes a port's directory has it.
final class Port: Sendable {
    let number: Int

    // Below those that the kernel gives to clients: ip(7), ip_local_port_range.
    private static let next = Atomic(10_000 + Int(getpid()) % 2_000 * 10)

    private var claim: String { "/tmp/identityd-port-\(number)" }

    init() throws {
        var candidate: Int
        repeat {
            candidate = Port.next.add(1, ordering: .relaxed).newValue
            try #require(candidate < 32_768, "no port is left")
        } while mkdir("/tmp/identityd-port-\(candidate)", 0o700) != 0
        number = candidate
    }

    deinit {
        rmdir(claim)
    }
}
