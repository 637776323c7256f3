import Foundation
import TestSupport
import Testing

@testable import Server

@Suite("The text for Prometheus")
struct ExpositionTests {
    private func exposition(process: Int, latency: [Double]) -> String {
        var histogram = Histogram([0.5, 1])
        for value in latency { histogram.observe(value) }
        var exposition = Exposition(process: process)
        exposition.family("a_total", .counter, "Counts a.")
        exposition.sample(process * 10, [("status", "200")])
        exposition.family("b_seconds", .histogram, "Times b.")
        exposition.histogram(histogram)
        return exposition.text
    }

    @Test("has a head for each family, and buckets that add up, bounds included")
    func text() {
        #expect(
            exposition(process: 2, latency: [0.25, 0.5, 0.75, 1.5])
                == """
                # HELP a_total Counts a.
                # TYPE a_total counter
                a_total{process="2",status="200"} 20
                # HELP b_seconds Times b.
                # TYPE b_seconds histogram
                b_seconds_bucket{process="2",le="0.5"} 2
                b_seconds_bucket{process="2",le="1.0"} 3
                b_seconds_bucket{process="2",le="+Inf"} 4
                b_seconds_sum{process="2"} 3.0
                b_seconds_count{process="2"} 4

                """)
    }

    @Test("of several instances keeps families together, under one head, also where a version has one more")
    func merged() {
        let newer = exposition(process: 3, latency: []) + "# HELP c New.\n# TYPE c gauge\nc{process=\"3\"} 1\n"
        let texts = [exposition(process: 1, latency: []), newer, exposition(process: 2, latency: [])]
        let lines = Exposition.merged(texts).split(separator: "\n").filter { !$0.contains("b_seconds_") }
        #expect(
            lines == [
                "# HELP a_total Counts a.", "# TYPE a_total counter", "a_total{process=\"1\",status=\"200\"} 10",
                "a_total{process=\"3\",status=\"200\"} 30", "a_total{process=\"2\",status=\"200\"} 20",
                "# HELP b_seconds Times b.", "# TYPE b_seconds histogram", "# HELP c New.", "# TYPE c gauge",
                "c{process=\"3\"} 1",
            ])
        #expect(Exposition.merged([]) == "")
    }

    @Test("of two versions has one head for a family whose description was reworded")
    func reworded() throws {
        let (one, other) = (exposition(process: 1, latency: [0.25]), exposition(process: 2, latency: [0.75]))
        let reworded = other.replacing("Counts a.", with: "Counts a, in another way.").replacing("Times b.", with: "b.")
        let page = Exposition.merged([one, reworded])
        #expect(page == Exposition.merged([one, other]))
        let check = Process()
        check.executableURL = URL(filePath: "/usr/bin/promtool")
        check.arguments = ["check", "metrics"]
        let (input, output) = (Pipe(), Pipe())
        (check.standardInput, check.standardOutput, check.standardError) = (input, output, output)
        try check.run()
        input.fileHandleForWriting.write(Data(page.utf8))
        try input.fileHandleForWriting.close()
        try #require(eventually(within: 60) { !check.isRunning })
        try output.fileHandleForWriting.close()
        let said = String(decoding: output.fileHandleForReading.availableData, as: UTF8.self)
        #expect(check.terminationStatus == 0 && said == "", "\(said)")
    }
}
