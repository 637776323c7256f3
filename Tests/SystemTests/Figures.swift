import Foundation
import Testing

/// One line of figures of a fault, for docs/reliability.md: `script/test Fault | grep figures:`.
func printFigures(
    _ fault: String, _ tally: CustomerLoad.Tally, of server: RunningServer, recovery: Duration? = nil,
    _ more: String = ""
) throws {
    var parts = [
        tally.summary, "slowest by the service's log \(try server.slowestByItsLog().milliseconds) ms",
        try server.retries(),
    ]
    if let recovery { parts.append("recovered after \(recovery.milliseconds) ms") }
    if !more.isEmpty { parts.append(more) }
    print("figures: \(fault): \(parts.joined(separator: ", "))")
}

extension CustomerLoad.Tally {
    var summary: String {
        [
            "\(requests) requests", "\(answered.count) answered", "\(refused.count) refused", "\(bad.count) bad",
            "slowest answer \(slowestAnswer.milliseconds) ms", "slowest refusal \(slowestRefusal.milliseconds) ms",
        ].joined(separator: ", ")
    }
}

extension Duration {
    var milliseconds: Int { Int(self / .milliseconds(1)) }
}

extension RunningServer {
    /// How long the slowest request took by the service's own log: from when it was read. What it waited before that, and
    /// how slow the load's own threads are, is not in it.
    func slowestByItsLog() throws -> Duration {
        let pieces = try log("identityd.log").components(separatedBy: #""milliseconds":"#).dropFirst()
        let slowest = pieces.compactMap { Double($0.prefix { "0123456789.".contains($0) }) }.max()
        return .milliseconds(1) * (try #require(slowest))
    }

    /// What its log says it tried again, by cause.
    fileprivate func retries() throws -> String {
        var counts: [Substring: Int] = [:]
        for match in try log("identityd.log").matches(of: #/"retries_([a-z_]+)":(?:"?)([0-9]+)/#) {
            counts[match.1, default: 0] += Int(match.2) ?? 0
        }
        let causes = counts.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
        return "retries: " + (causes.isEmpty ? "none" : causes.joined(separator: " + "))
    }
}
