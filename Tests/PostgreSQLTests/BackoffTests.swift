import PostgreSQL
import Testing

@Suite("Backing off")
struct BackoffTests {
    @Test("pauses between nothing and a bound that doubles up to the longest")
    func bounds() {
        var largest = Array(repeating: Duration.zero, count: 8)
        for _ in 0..<2_000 {
            var backoff = Backoff(first: .milliseconds(10), longest: .milliseconds(500))
            for index in largest.indices {
                let pause = backoff.next()
                #expect(pause >= .zero)
                largest[index] = max(largest[index], pause)
            }
        }
        // The largest of 2,000 draws is within 2 % of its bound, all but certainly (0.98 to the 2,000th).
        for (pause, bound) in zip(largest, [10, 20, 40, 80, 160, 320, 500, 500]) {
            #expect(pause < .milliseconds(bound))
            #expect(pause > .milliseconds(bound) * 0.98)
        }
    }

    @Test("begins anew when it is reset")
    func reset() {
        var backoff = Backoff(first: .milliseconds(1), longest: .seconds(1))
        for _ in 0..<20 { _ = backoff.next() }
        backoff.reset()
        #expect(backoff.next() < .milliseconds(1))
    }
}
