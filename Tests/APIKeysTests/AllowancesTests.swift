import APIKeys
import Testing

@Suite("What a key may still send")
struct AllowancesTests {
    private let begin = ContinuousClock.now

    private func key(_ name: String, limit: Int?) throws -> APIKey {
        try APIKey.new(name: name, scopes: [.identify], limit: limit.flatMap { RateLimit($0) }).key
    }

    @Test("is a second's requests at once, and then one for each that its rate makes room for")
    func rate() throws {
        var allowances = Allowances()
        let key = try key("shop", limit: 10)
        for _ in 0..<10 { #expect(allowances.take(key, at: begin) == nil) }
        #expect(allowances.take(key, at: begin) == .milliseconds(100))
        #expect(allowances.take(key, at: begin + .milliseconds(40)) == .milliseconds(60))
        #expect(allowances.take(key, at: begin + .milliseconds(100)) == nil)
        #expect(allowances.take(key, at: begin + .milliseconds(100)) == .milliseconds(100))
        for _ in 0..<10 { #expect(allowances.take(key, at: begin + .seconds(9)) == nil) }
        #expect(allowances.take(key, at: begin + .seconds(9)) == .milliseconds(100))
    }

    @Test("over a minute is no more than its limit, however it comes, and not much less", arguments: [1, 7, 1000])
    func minute(limit: Int) throws {
        var (allowances, random) = (Allowances(), SystemRandomNumberGenerator())
        let key = try key("shop", limit: limit)
        var (now, sent) = (begin, 0)
        while now < begin + .seconds(60) {
            if allowances.take(key, at: now) == nil { sent += 1 }
            now += .seconds(1) / (limit * Int.random(in: 2...20, using: &random))
        }
        #expect((50 * limit...61 * limit).contains(sent), "\(sent)")
    }

    @Test("is each key's own, and without a limit everything")
    func apart() throws {
        var allowances = Allowances()
        let (one, other) = (try key("one", limit: 1), try key("other", limit: 1))
        let free = try key("free", limit: nil)
        #expect(allowances.take(one, at: begin) == nil)
        #expect(allowances.take(one, at: begin) == .seconds(1))
        #expect(allowances.take(other, at: begin) == nil)
        for _ in 0..<1000 { #expect(allowances.take(free, at: begin) == nil) }
    }
}
