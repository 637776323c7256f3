import Foundation
import Synchronization
import TestSupport

/// Requests that keep coming while a test does something to the service. Every answer is looked at.
final class Load: Sendable {
    struct Tally: Sendable {
        var good = 0
        /// What was no answer, or not the right one.
        var bad: [String] = []
    }

    private let tally = Mutex(Tally())
    private let stopped = Atomic(false)
    private let done = DispatchGroup()

    /// - Parameter accepts: Whether an answer that is not 200 is right, too.
    init(port: Int, connections: Int = 8, accepts: @escaping @Sendable (HTTP.Answer) -> Bool = { _ in false }) {
        for connection in 0..<connections {
            done.enter()
            Thread { [self] in
                var random = SeededGenerator(seed: UInt64(connection))
                while !stopped.load(ordering: .relaxed) { request(port, &random, accepts) }
                done.leave()
            }.start()
        }
    }

    private func request(_ port: Int, _ random: inout SeededGenerator, _ accepts: (HTTP.Answer) -> Bool) {
        let email = "load\(Int.random(in: 0..<5000, using: &random))@x.org"
        let phone = "77\(Int.random(in: 0..<500_000, using: &random) + 1000)"
        do {
            let answer = try HTTP.post(#"{"email":"\#(email)","phoneNumber":"\#(phone)"}"#, port: port)
            let isTrue = answer.status == 200 && answer.body.contains(email) && answer.body.contains(phone)
            tally.withLock {
                if isTrue || accepts(answer) {
                    $0.good += 1
                } else {
                    $0.bad.append("\(answer.statusLine) \(answer.body)")
                }
            }
        } catch {
            tally.withLock { $0.bad.append("\(error)") }
        }
    }

    /// Ends the load.
    func finish() -> Tally {
        stopped.store(true, ordering: .relaxed)
        done.wait()
        return tally.withLock { $0 }
    }
}
